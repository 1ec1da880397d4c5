/** The governor raises a haircut; it takes effect along a ramp, so that no signature liquidates anybody. */
import {
  collateralOf,
  type Directory,
  fetchCollateral,
  getSetHaircutInstruction,
  type Haircut,
  type Transactor,
} from '@novate/client';
import { type Address, type TransactionSigner } from '@solana/kit';

/** Maintenance haircuts in nanos through a change. */
export interface HaircutStory {
  readonly before: bigint;
  readonly target: bigint;
  /** In force when the change has just landed. */
  readonly after: bigint;
  readonly halfWay: bigint;
  readonly atEnd: bigint;
  /** Liquidations between the change and the first full round of checks after it. */
  readonly liquidationsAtOnce: number;
}

/** The haircut in force at a time: a straight line between two values, as the program reads it. */
export function maintenanceHaircutAt(haircut: Haircut, now: bigint): bigint {
  const { fromMm, toMm, startsAt, endsAt } = haircut;
  if (now >= endsAt) return toMm;
  if (now <= startsAt) return fromMm;
  return fromMm + ((toMm - fromMm) * (now - startsAt)) / (endsAt - startsAt);
}

/** Signs the change with the risk role. */
export async function setHaircut(
  transactor: Transactor,
  directory: Directory,
  risk: TransactionSigner,
  mint: Address,
  target: { readonly mm: bigint; readonly im: bigint; readonly rampSeconds: bigint },
): Promise<void> {
  const instruction = getSetHaircutInstruction({
    risk,
    house: directory.house.address,
    collateral: collateralOf(directory, mint).address,
    ...target,
  });
  await transactor.send('raise the haircut', [instruction]);
}

/** The stored haircut of a collateral. */
export async function readHaircut(transactor: Transactor, directory: Directory, mint: Address): Promise<Haircut> {
  const { address } = collateralOf(directory, mint);
  const { connection, commitment } = transactor;
  return (await fetchCollateral(connection.rpc, address, { commitment })).data.haircut;
}
