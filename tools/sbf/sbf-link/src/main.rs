//! Links the LLVM bitcode that rustc emits for `sbpf-solana-solana.json` into a Solana program.
//!
//! rustc runs this as its linker. All bitcode becomes one LLVM module, which is optimized as a
//! whole, rewritten to what LLVM's BPF backend accepts and compiled; sbpf-linker then turns the
//! BPF object into the ELFs that Solana's loaders take: for sBPF v3 at the path that rustc gives, and
//! for v0 beside it.

mod abi;
mod float;
mod ir;
mod lower;

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_void};
use std::path::{Path, PathBuf};
use std::{env, fs, ptr, slice};

use anyhow::{Context, Result, anyhow, bail, ensure};
use llvm_sys::LLVMDiagnosticSeverity::*;
use llvm_sys::LLVMLinkage::{LLVMExternalLinkage, LLVMInternalLinkage};
use llvm_sys::LLVMVisibility::LLVMDefaultVisibility;
use llvm_sys::analysis::{LLVMVerifierFailureAction::LLVMReturnStatusAction, LLVMVerifyModule};
use llvm_sys::bit_reader::LLVMParseBitcodeInContext2;
use llvm_sys::bit_writer::LLVMWriteBitcodeToFile;
use llvm_sys::comdat::LLVMSetComdat;
use llvm_sys::core::*;
use llvm_sys::debuginfo::LLVMStripModuleDebugInfo;
use llvm_sys::error::LLVMGetErrorMessage;
use llvm_sys::linker::LLVMLinkModules2;
use llvm_sys::prelude::*;
use llvm_sys::support::LLVMParseCommandLineOptions;
use llvm_sys::target::*;
use llvm_sys::target_machine::*;
use llvm_sys::transforms::pass_builder::*;
use object::read::archive::ArchiveFile;
use sbpf_linker::{OptimizationConfig, ProgramOptions, SbpfArch, SbpfLinkerError, link_program};

use ir::Value;

/// The frame size of sBPF v0 and v3; larger frames are reported as errors by LLVM.
const STACK_FRAME: i32 = 4096;
const ENTRYPOINT: &str = "entrypoint";

/// Set to keep the module after every phase next to the output.
const SAVE_TEMPS: &str = "SBF_LINK_SAVE_TEMPS";

fn main() -> Result<()> {
    let options = Options::parse(env::args().skip(1))?;
    let mut diagnostics = Box::<Diagnostics>::default();
    let linker = Linker::new(&options, &mut diagnostics)?;
    linker.internalize(|name| name == ENTRYPOINT || lower::is_runtime(name));
    if !linker.has_entrypoint() {
        // A dependency with crate-type "cdylib" gets linked as well (solana-zk-sdk is one).
        eprintln!("sbf-link: {} has no entrypoint, left empty", options.output.display());
        return fs::write(&options.output, b"").context("cannot write the output");
    }
    linker.save("linked")?;
    // Threads do not exist, so atomics are plain accesses.
    linker.run_passes("globaldce,function(lower-atomic),default<O3>,globalopt,globaldce")?;
    linker.save("optimized")?;
    reject("unsupported operations", lower::lower(linker.module))?;
    linker.internalize(|name| name == ENTRYPOINT);
    linker.run_passes("globaldce")?;
    reject("unsupported functions", abi::legalize(linker.module))?;
    linker.run_passes("function(early-cse,simplifycfg),globaldce")?;
    linker.save("legalized")?;
    linker.verify()?;
    let object = linker.compile()?;
    diagnostics.report()?;
    write_program(&object, SbpfArch::V3, &options.output)?;
    write_program(&object, SbpfArch::V0, &options.output.with_extension("v0.so"))
}

fn write_program(object: &[u8], arch: SbpfArch, path: &Path) -> Result<()> {
    let options = ProgramOptions::new(OptimizationConfig::disabled(), arch, STACK_FRAME);
    let program = link_program(object, options)
        .map_err(|errors| anyhow!(SbpfLinkerError::format_errors(&errors)))?;
    fs::write(path, program).with_context(|| format!("cannot write {}", path.display()))
}

fn reject(what: &str, errors: BTreeSet<String>) -> Result<()> {
    let list: Vec<_> = errors.into_iter().collect();
    ensure!(list.is_empty(), "{what}:\n  {}", list.join("\n  "));
    Ok(())
}

struct Options {
    inputs: Vec<PathBuf>,
    output: PathBuf,
}

impl Options {
    /// Understands what rustc passes to a linker of flavor "bpf".
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut inputs = Vec::new();
        let mut output = None;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-o" => output = args.next().map(PathBuf::from),
                // fixed here: the target is, and only the entrypoint is exported
                "-L" | "--cpu" | "--cpu-features" | "--export-symbols" | "--target" => {
                    args.next();
                }
                option if option.starts_with('-') => {}
                // only names the exported symbols, for linkers that would drop them otherwise
                object if object.ends_with("/symbols.o") => {}
                input => inputs.push(PathBuf::from(input)),
            }
        }
        Ok(Self { inputs, output: output.context("no output file (-o)")? })
    }
}

/// What LLVM reports on the way.
#[derive(Default)]
struct Diagnostics {
    errors: BTreeSet<String>,
    warnings: BTreeSet<String>,
}

impl Diagnostics {
    extern "C" fn handle(info: LLVMDiagnosticInfoRef, diagnostics: *mut c_void) {
        let (diagnostics, severity, text) = unsafe {
            let text = ir::take_message(LLVMGetDiagInfoDescription(info));
            (&mut *diagnostics.cast::<Self>(), LLVMGetDiagInfoSeverity(info), text)
        };
        match severity {
            LLVMDSError => diagnostics.errors.insert(text),
            LLVMDSWarning => diagnostics.warnings.insert(text),
            LLVMDSRemark | LLVMDSNote => false,
        };
    }

    fn report(&mut self) -> Result<()> {
        for warning in &self.warnings {
            eprintln!("sbf-link: warning: {warning}");
        }
        reject("LLVM cannot compile this", std::mem::take(&mut self.errors))
    }
}

struct Linker<'a> {
    options: &'a Options,
    context: LLVMContextRef,
    module: LLVMModuleRef,
    machine: LLVMTargetMachineRef,
}

impl<'a> Linker<'a> {
    /// Loads and links all inputs.
    fn new(options: &'a Options, diagnostics: &mut Diagnostics) -> Result<Self> {
        unsafe {
            let stack = CString::new(format!("-bpf-stack-size={STACK_FRAME}"))?;
            let args = [c"sbf-link".as_ptr(), stack.as_ptr()];
            LLVMParseCommandLineOptions(args.len() as i32, args.as_ptr(), ptr::null());
            LLVMInitializeBPFTargetInfo();
            LLVMInitializeBPFTarget();
            LLVMInitializeBPFTargetMC();
            LLVMInitializeBPFAsmPrinter();
            let context = LLVMContextCreate();
            let diagnostics = ptr::from_mut(diagnostics).cast();
            LLVMContextSetDiagnosticHandler(context, Some(Diagnostics::handle), diagnostics);
            let module = LLVMModuleCreateWithNameInContext(c"program".as_ptr(), context);
            let triple = c"bpfel".as_ptr();
            let machine = target_machine(triple)?;
            LLVMSetTarget(module, triple);
            LLVMSetModuleDataLayout(module, LLVMCreateTargetDataLayout(machine));
            let linker = Self { options, context, module, machine };
            for input in &options.inputs {
                linker.add_file(input).with_context(|| input.display().to_string())?;
            }
            Ok(linker)
        }
    }

    /// Adds a bitcode file, or the bitcode in an archive (rlib).
    fn add_file(&self, path: &Path) -> Result<()> {
        let data = fs::read(path)?;
        if is_bitcode(&data) {
            return self.add_bitcode(&data);
        }
        let archive = ArchiveFile::parse(&*data).context("neither bitcode nor an archive")?;
        for member in archive.members() {
            let data = member?.data(&*data)?;
            if is_bitcode(data) {
                self.add_bitcode(data)?;
            }
        }
        Ok(())
    }

    fn add_bitcode(&self, data: &[u8]) -> Result<()> {
        unsafe {
            let name = c"bitcode".as_ptr();
            let start = data.as_ptr().cast();
            let buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(start, data.len(), name);
            let mut module = ptr::null_mut();
            let failed = LLVMParseBitcodeInContext2(self.context, buffer, &mut module) != 0;
            LLVMDisposeMemoryBuffer(buffer);
            ensure!(!failed, "cannot parse bitcode");
            LLVMStripModuleDebugInfo(module);
            ensure!(LLVMLinkModules2(self.module, module) == 0, "cannot link bitcode");
        }
        Ok(())
    }

    /// Makes everything private that `keep` does not name, so that unused code can go.
    fn internalize(&self, keep: impl Fn(&str) -> bool) {
        let functions = ir::functions(self.module);
        for symbol in functions.into_iter().chain(ir::globals(self.module)) {
            let name = ir::name(symbol);
            if ir::is_declaration(symbol) || name.starts_with("llvm.") || keep(&name) {
                continue;
            }
            unsafe {
                LLVMSetLinkage(symbol, LLVMInternalLinkage);
                LLVMSetVisibility(symbol, LLVMDefaultVisibility);
                LLVMSetComdat(symbol, ptr::null_mut());
            }
        }
    }

    fn has_entrypoint(&self) -> bool {
        let exported = |&f: &Value| unsafe { LLVMGetLinkage(f) } == LLVMExternalLinkage;
        ir::functions(self.module)
            .into_iter()
            .filter(exported)
            .any(|f| ir::name(f) == ENTRYPOINT && !ir::is_declaration(f))
    }

    fn run_passes(&self, passes: &str) -> Result<()> {
        let pipeline = CString::new(passes)?;
        unsafe {
            let options = LLVMCreatePassBuilderOptions();
            // there are no vector registers, and unrolling saves little but costs program size
            LLVMPassBuilderOptionsSetLoopVectorization(options, 0);
            LLVMPassBuilderOptionsSetSLPVectorization(options, 0);
            LLVMPassBuilderOptionsSetLoopUnrolling(options, 0);
            let error = LLVMRunPasses(self.module, pipeline.as_ptr(), self.machine, options);
            LLVMDisposePassBuilderOptions(options);
            if !error.is_null() {
                let message = CStr::from_ptr(LLVMGetErrorMessage(error));
                bail!("LLVM passes {passes}: {}", message.to_string_lossy());
            }
        }
        Ok(())
    }

    /// Checks what LLVM and the loaders would only complain about later, or at run time.
    fn verify(&self) -> Result<()> {
        unsafe {
            let mut message = ptr::null_mut();
            if LLVMVerifyModule(self.module, LLVMReturnStatusAction, &mut message) != 0 {
                bail!("sbf-link built invalid code: {}", ir::take_message(message));
            }
        }
        let is_syscall = |name: &str| name == "abort" || name.starts_with("sol_");
        let undefined = ir::functions(self.module)
            .into_iter()
            .filter(|&f| ir::is_declaration(f) && !ir::is_intrinsic(f))
            .map(ir::name)
            .filter(|name| !is_syscall(name));
        reject("undefined symbols", undefined.collect())?;
        let writable = ir::globals(self.module)
            .into_iter()
            .filter(|&g| unsafe { LLVMIsGlobalConstant(g) == 0 })
            .map(ir::name)
            .filter(|name| !name.starts_with("llvm."));
        reject("writable statics do not exist on Solana", writable.collect())
    }

    fn compile(&self) -> Result<Vec<u8>> {
        unsafe {
            let mut error = ptr::null_mut();
            let mut buffer = ptr::null_mut();
            let kind = LLVMCodeGenFileType::LLVMObjectFile;
            let (machine, module) = (self.machine, self.module);
            if LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, &mut error, &mut buffer)
                != 0
            {
                bail!("LLVM: {}", ir::take_message(error));
            }
            let start = LLVMGetBufferStart(buffer).cast();
            Ok(slice::from_raw_parts(start, LLVMGetBufferSize(buffer)).to_vec())
        }
    }

    fn save(&self, phase: &str) -> Result<()> {
        if env::var_os(SAVE_TEMPS).is_some() {
            let path = self.options.output.with_extension(format!("{phase}.bc"));
            let path = CString::new(path.into_os_string().into_encoded_bytes())?;
            unsafe { LLVMWriteBitcodeToFile(self.module, path.as_ptr()) };
        }
        Ok(())
    }
}

fn is_bitcode(data: &[u8]) -> bool {
    data.starts_with(b"BC\xC0\xDE")
}

fn target_machine(triple: *const std::ffi::c_char) -> Result<LLVMTargetMachineRef> {
    unsafe {
        let mut target = ptr::null_mut();
        let mut error = ptr::null_mut();
        if LLVMGetTargetFromTriple(triple, &mut target, &mut error) != 0 {
            bail!("LLVM: {}", ir::take_message(error));
        }
        Ok(LLVMCreateTargetMachine(
            target,
            triple,
            // 32-bit registers and jumps came after the instruction set that Solana forked
            c"v2".as_ptr(),
            c"-alu32,+allows-misaligned-mem-access".as_ptr(),
            LLVMCodeGenOptLevel::LLVMCodeGenLevelAggressive,
            // with PIC, LLVM makes tables of relative addresses, which the ELF cannot express
            LLVMRelocMode::LLVMRelocStatic,
            LLVMCodeModel::LLVMCodeModelSmall,
        ))
    }
}
