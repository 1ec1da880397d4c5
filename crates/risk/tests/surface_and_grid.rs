//! Surfaces, discount factors, volatility shocks, grids and parameters.

mod common;

use common::reference::svi_vol;
use common::{Random, YEAR};
use novate_risk::RiskError;
use novate_risk::array::{BookInputs, PreparedBook, StrikeRisk};
use novate_risk::params::RiskParams;
use novate_risk::pricing::tenor::Tenor;
use novate_risk::scenario::{Grid, MAX_ROWS, Row, Shock, UNIT_ABSOLUTE, VOL_FLAT, VOL_UP};
use novate_risk::shift::VolShift;
use novate_risk::surface::{Svi, discount};
use novate_risk::units::{LotSize, Price, Quote, Ratio, Vol};

const NANO: i64 = 1_000_000_000;

#[test]
fn surface_vols_match_the_formula() {
    let mut random = Random(21);
    let mut seen = 0;
    while seen < 50_000 {
        let seconds = random.scale(600.0, 6.3e7) as i64;
        let years = seconds as f64 / YEAR;
        let scale = random.scale(0.05, 4.0) * years;
        let svi = Svi {
            a: (random.between(-0.2, 1.0) * scale * 1e9) as i64,
            b: (random.between(0.0, 2.0) * scale * 1e9) as i64,
            rho: random.between(-1e9, 1e9) as i64,
            m: random.between(-1e9, 1e9) as i64,
            sigma: random.scale(1e6, 4e9) as i64,
        };
        if svi.validate(seconds).is_err() {
            continue;
        }
        seen += 1;
        let x = random.between(-4.6, 4.6);
        let got = svi.vol(Ratio((x * 1e9) as i64), seconds).unwrap();
        let want = svi_vol(&svi, (x * 1e9).trunc() / 1e9, years);
        assert!(
            (got.0 as f64 / 1e9 - want).abs()
                < 4e-9 + (3e-12 / years + 4e-9 + 12e-9 * (svi.b as f64 / 1e9) / years) / want,
            "{svi:?} {x} {got:?} {want}"
        );
    }
}

#[test]
fn a_flat_surface_has_its_volatility_everywhere() {
    for seconds in [3_600, 86_400, 31_536_000, 63_072_000] {
        for vol in [10_000_000, 600_000_000, 5_000_000_000] {
            let svi = Svi::flat(Vol(vol), seconds).unwrap();
            svi.validate(seconds).unwrap();
            let years = seconds as f64 / YEAR;
            // the level is a whole number of nanos of total variance
            let rounding = 1e9 * 0.5e-9 / (years * 2.0 * vol as f64 / 1e9) + 2.0;
            for x in [-4 * NANO, -1, 0, 1, NANO] {
                let got = svi.vol(Ratio(x), seconds).unwrap();
                assert!((got.0 - vol).abs() as f64 <= rounding, "{seconds} {vol} {got:?}");
            }
        }
    }
    assert_eq!(Svi::flat(Vol(9_999_999), 3_600), Err(RiskError::OutOfDomain));
    assert_eq!(Svi::flat(Vol(600_000_000), 0), Err(RiskError::OutOfDomain));
}

#[test]
fn surfaces_with_arbitrage_are_refused() {
    let good = Svi { a: 10_000_000, b: 50_000_000, rho: -300_000_000, m: 0, sigma: 100_000_000 };
    let day = 86_400;
    assert_eq!(good.validate(day), Ok(()));
    for bad in [
        Svi { b: -1, ..good },
        Svi { rho: NANO, ..good },
        Svi { rho: -NANO, ..good },
        Svi { sigma: 0, ..good },
        Svi { sigma: -5, ..good },
        // the minimum, a + bσ√(1−ρ²), is −10⁻⁹ short of 0
        Svi { a: -4_769_697, ..good },
        // b(1+|ρ|) just above 4
        Svi { b: 3_076_923_080, ..good },
        Svi { a: i64::MIN, ..good },
        Svi { a: i64::MAX, ..good },
        Svi { b: i64::MAX, ..good },
        Svi { rho: i64::MIN, ..good },
        Svi { m: i64::MIN, ..good },
        Svi { m: i64::MAX, ..good },
        Svi { sigma: i64::MAX, ..good },
    ] {
        assert_eq!(bad.validate(day), Err(RiskError::BadSurface), "{bad:?}");
    }
    assert_eq!(Svi { a: -4_769_696, ..good }.validate(day), Ok(()));
    assert_eq!(Svi { b: 3_076_923_070, ..good }.validate(day), Ok(()));
    for seconds in [i64::MIN, -1, 0, 3 * 31_536_000, i64::MAX] {
        assert_eq!(good.validate(seconds), Err(RiskError::OutOfDomain));
        assert_eq!(good.vol(Ratio(0), seconds), Err(RiskError::OutOfDomain));
    }
    // a surface that was not validated gives some volatility, never a panic
    for wild in [i64::MIN, i64::MAX] {
        let svi = Svi { a: wild, b: wild, rho: wild, m: wild, sigma: wild };
        let vol = svi.vol(Ratio(wild), day).unwrap();
        assert!((10_000_000..=5_000_000_000).contains(&vol.0));
    }
}

#[test]
fn discount_factors() {
    let mut random = Random(22);
    for _ in 0..10_000 {
        let (rate, seconds) = (random.between(-1e9, 1e9) as i64, random.scale(1.0, 6.3e7) as i64);
        let want = (-(rate as f64 / 1e9) * seconds as f64 / YEAR).exp();
        let got = discount(rate, seconds).unwrap().0 as f64 / 1e9;
        assert!((got / want - 1.0).abs() < 2e-8, "{rate} {seconds} {got} {want}");
    }
    assert_eq!(discount(50_000_000, 0), Ok(Ratio::ONE));
    assert_eq!(discount(0, 86_400), Ok(Ratio::ONE));
    assert_eq!(discount(NANO + 1, 1), Err(RiskError::OutOfDomain));
    assert_eq!(discount(i64::MIN, i64::MAX), Err(RiskError::OutOfDomain));
}

/// σ_up = max(σ_min, σ(1 + u·m)), σ_down = σ·max(0, 1 − d·m), m = (30 d / max(T, 1 d))^p.
#[test]
fn volatility_shocks() {
    let params = RiskParams::DEFAULT;
    for (days, m) in
        [(0.01, 30_f64.powf(0.3)), (1.0, 30_f64.powf(0.3)), (30.0, 1.0), (365.0, (30.0_f64 / 365.0).powf(0.13))]
    {
        let shift = VolShift::new(&params, &Tenor::new((days * 86_400.0) as i64).unwrap());
        for vol in [0.01, 0.2, 0.6, 2.0, 5.0] {
            let [up, flat, down] = shift.apply(Vol((vol * 1e9) as i64));
            let near =
                |got: Vol, want: f64| assert!((got.0 as f64 / 1e9 - want).abs() < 1e-6, "{days} {vol} {got:?} {want}");
            near(up, (vol * (1.0 + 0.5 * m)).max(0.5));
            near(flat, vol);
            near(down, vol * (1.0 - 0.25 * m).max(0.0));
        }
    }
    let harsh =
        RiskParams { vol_down: Ratio(NANO), vol_up: Ratio(2 * NANO), vol_power_short: Ratio(600_000_000), ..params };
    harsh.validate().unwrap();
    let [up, _, down] = VolShift::new(&harsh, &Tenor::new(3_600).unwrap()).apply(Vol(5 * NANO));
    assert_eq!((up, down), (Vol(16 * NANO), Vol(0)));
}

#[test]
fn the_default_grid_is_methodologys() {
    let range = 160_000_000;
    let shocks = Grid::default_grid().resolve(Ratio(range)).unwrap();
    let rows = shocks.in_use();
    assert_eq!(rows.len(), 33);
    for quarter in -4..=4_i64 {
        for vol in 0..3 {
            let wanted = |row: &&Shock| row.k.0 == quarter * range / 4 && row.vol == vol && row.weight == 1_000_000_000;
            assert_eq!(rows.iter().filter(wanted).count(), 1);
        }
    }
    let tails = rows[27..].iter().map(|row| (row.k.0 / 10_000_000, row.weight, row.vol)).collect::<Vec<_>>();
    // R/|k|, rounded up
    assert_eq!(
        tails,
        [
            (-66, 242_424_243, VOL_UP),
            (-33, 484_848_485, VOL_UP),
            (50, 320_000_000, VOL_UP),
            (100, 160_000_000, VOL_UP),
            (200, 80_000_000, VOL_UP),
            (400, 40_000_000, VOL_UP)
        ]
    );
    assert_eq!(shocks.rows[33..], [Shock::default(); 7]);
    assert_eq!(rows[28].to_string(), "k -33.0 % vol up");
    assert_eq!(rows[13].to_string(), "k +0.0 % vol flat");
    // with R above a tail's move its weight stays at 1
    let wide = Grid::default_grid().resolve(Ratio(500_000_000)).unwrap();
    assert_eq!(wide.rows[28].weight, 1_000_000_000);
}

#[test]
fn bad_grids_are_refused() {
    let with = |change: &dyn Fn(&mut Grid)| {
        let mut grid = Grid::default_grid();
        change(&mut grid);
        grid.validate()
    };
    assert_eq!(with(&|_| ()), Ok(()));
    let forty = |grid: &mut Grid| {
        grid.len = 40;
        grid.rows = [Row { k: NANO / 10, weight: 1, unit: UNIT_ABSOLUTE, vol: VOL_FLAT, reserved: [0; 2] }; MAX_ROWS];
    };
    assert_eq!(with(&forty), Ok(()));
    let changes: [&dyn Fn(&mut Grid); 11] = [
        &|grid| grid.len = 0,
        &|grid| grid.len = 41,
        &|grid| grid.len = u64::MAX,
        &|grid| grid.len = 32,
        &|grid| grid.rows[3].weight = 1_000_000_001,
        &|grid| grid.rows[3].weight = u32::MAX,
        &|grid| grid.rows[3].vol = 3,
        &|grid| grid.rows[3].unit = 2,
        &|grid| grid.rows[3].reserved = [0, 1],
        &|grid| grid.rows[30].k = -NANO,
        &|grid| grid.rows[0].k = i64::MIN,
    ];
    for (place, change) in changes.iter().enumerate() {
        assert_eq!(with(change), Err(RiskError::BadGrid), "{place}");
    }
    for range in [i64::MIN, 0, 9_999_999, 900_000_001, i64::MAX] {
        assert_eq!(Grid::default_grid().resolve(Ratio(range)), Err(RiskError::BadParameter));
    }
}

#[test]
fn bad_parameters_are_refused() {
    let good = RiskParams::DEFAULT;
    assert_eq!(good.validate(), Ok(()));
    for bad in [
        RiskParams { range: Ratio(0), ..good },
        RiskParams { range: Ratio(NANO), ..good },
        RiskParams { vol_up: Ratio(-1), ..good },
        RiskParams { vol_up: Ratio(2 * NANO + 1), ..good },
        RiskParams { vol_down: Ratio(NANO + 1), ..good },
        RiskParams { vol_floor: Vol(0), ..good },
        RiskParams { vol_power_short: Ratio(600_000_001), ..good },
        RiskParams { vol_power_long: Ratio(-1), ..good },
        RiskParams { mm_factor: Ratio(NANO + 1), ..good },
        RiskParams { mm_factor: Ratio(0), ..good },
        RiskParams { short_option_mm: Ratio(-1), ..good },
        RiskParams { short_option_im: Ratio(i64::MAX), ..good },
        RiskParams { unrealised_cap: Quote(-1), ..good },
    ] {
        assert_eq!(bad.validate(), Err(RiskError::BadParameter), "{bad:?}");
    }
}

/// Arrays of expired books are intrinsic; inputs outside the domain are refused and leave the row as it was.
#[test]
fn arrays_at_and_outside_the_edges() {
    let shocks = Grid::default_grid().resolve(Ratio(160_000_000)).unwrap();
    let svi = Svi::flat(Vol(600_000_000), 86_400).unwrap();
    let inputs = BookInputs {
        forward: Price(100 * NANO),
        lot_size: LotSize(NANO),
        tau_seconds: 0,
        discount: Ratio::ONE,
        svi: &svi,
        svi_tau_seconds: 86_400,
        params: &RiskParams::DEFAULT,
        shocks: &shocks,
    };
    let mut row: StrikeRisk = bytemuck::Zeroable::zeroed();
    for seconds in [0, -1, i64::MIN] {
        let book = PreparedBook::new(&BookInputs { tau_seconds: seconds, ..inputs }).unwrap();
        book.strike_risk(Price(90 * NANO), &mut row).unwrap();
        assert_eq!((row.mark.0, row.delta.0, row.gamma.0, row.vega.0, row.theta.0), (10 * NANO, NANO, 0, 0, 0));
        for (pnl, shock) in row.pnl.iter().zip(shocks.in_use()) {
            assert_eq!(pnl.0, (10 * NANO + 100 * shock.k.0).max(0) - 10 * NANO);
        }
    }
    let before = row;
    let book = PreparedBook::new(&BookInputs { tau_seconds: 3_600, ..inputs }).unwrap();
    for strike in [i64::MIN, -1, 0, NANO - 1, 10_000 * NANO + 1, i64::MAX] {
        assert!(book.strike_risk(Price(strike), &mut row).is_err());
        assert_eq!(row, before);
    }
    assert!(PreparedBook::EMPTY.strike_risk(Price(NANO), &mut row).is_err());
    for wrong in [
        BookInputs { forward: Price(0), ..inputs },
        BookInputs { forward: Price(-5), ..inputs },
        BookInputs { forward: Price(i64::MAX), ..inputs },
        BookInputs { lot_size: LotSize(0), ..inputs },
        BookInputs { lot_size: LotSize(i64::MAX), ..inputs },
        BookInputs { discount: Ratio(0), ..inputs },
        BookInputs { discount: Ratio(i64::MAX), ..inputs },
        BookInputs { tau_seconds: i64::MAX, ..inputs },
    ] {
        let refused = PreparedBook::new(&wrong).unwrap_err();
        assert!(matches!(refused, RiskError::OutOfDomain | RiskError::Overflow), "{refused:?}");
    }
    let mut unresolved = shocks;
    unresolved.rows[5].k = Ratio(i64::MIN);
    assert_eq!(PreparedBook::new(&BookInputs { shocks: &unresolved, ..inputs }).unwrap_err(), RiskError::BadGrid);
    unresolved.len = 41;
    assert_eq!(PreparedBook::new(&BookInputs { shocks: &unresolved, ..inputs }).unwrap_err(), RiskError::BadGrid);
    let late = BookInputs { tau_seconds: 60, svi_tau_seconds: 0, ..inputs };
    assert_eq!(PreparedBook::new(&late).unwrap().strike_risk(Price(NANO * 100), &mut row), Err(RiskError::OutOfDomain));
}
