# `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Where cargo puts what it builds, unless told otherwise.
TARGET := $(or $(CARGO_TARGET_DIR),target)
MANIFEST := programs/clearing-house/Cargo.toml
DEPLOY := target/deploy
LOCALNET_KEYPAIR := migrations/localnet/clearing_house-keypair.json
KEYPAIR := $(DEPLOY)/clearing_house-keypair.json
NODE_MODULES := app/node_modules/.package-lock.json

# step NAME TARGET: makes the target, with a heading and the time it took
step = +@tools/step "$(1)" $(MAKE) $(2)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Running

.PHONY: demo
demo: program $(NODE_MODULES) ## start a local cluster, deploy, list the markets and play the story of 10 October 2025
	@cd app && npm run --silent demo

# Building

.PHONY: setup
setup: # what the builds need beside Rust and Node.js
	@tools/setup

.PHONY: build
build: program idl ## build the program (sBPF v3) and its IDL

.PHONY: program
program: setup keypair ## build the program (sBPF v3) into target/deploy
	tools/sbf/build-sbf --manifest-path $(MANIFEST) --arch v3 --out $(DEPLOY) -- --locked

.PHONY: build-v0
build-v0: setup ## build the program for sBPF v0 into target/deploy/v0
	tools/sbf/build-sbf --manifest-path $(MANIFEST) --arch v0 --out $(DEPLOY)/v0 -- --locked

# Before the program is built: cargo-build-sbf makes up a key pair where there is none.
.PHONY: keypair
keypair:
	@mkdir -p $(DEPLOY)
	@if ! [ -e $(KEYPAIR) ]; then cp $(LOCALNET_KEYPAIR) $(KEYPAIR); fi
	@if ! cmp -s $(LOCALNET_KEYPAIR) $(KEYPAIR); then \
		echo "$(KEYPAIR) is not the key pair for local clusters and stays as it is"; \
	fi

.PHONY: idl
idl: setup ## write the IDL into target/idl and app/client/idl
	cargo run --locked -p novate-idl

.PHONY: wasm
wasm: setup ## build the margin engine for WebAssembly into app/risk/wasm
	tools/wasm/build-wasm

.PHONY: client
client: idl $(NODE_MODULES) ## generate the TypeScript client from the IDL
	cd app && npm run --silent generate

$(NODE_MODULES): app/package-lock.json app/package.json $(wildcard app/*/package.json)
	cd app && npm ci
	@touch $@

# Measuring

.PHONY: bench-program
bench-program: setup # the program that measures parts of the engine
	tools/sbf/build-sbf --manifest-path bench/program/Cargo.toml --arch v3 --out $(DEPLOY) -- --locked

# Everything is selected, and tests with it, because cargo compiles dependencies with the features of what is selected:
# this shares them with `cargo test --workspace`, where `cargo run -p` would compile hundreds once more.
# The figures are those of tools/sbf everywhere: another toolchain makes another program.
.PHONY: bench
bench: export SBF_TOOLCHAIN := debian
bench: program bench-program ## measure compute units and write bench/
	cargo build --locked --workspace --bins --tests
	$(TARGET)/debug/bench

.PHONY: bench-check
bench-check: ## measure compute units and compare with what bench/ says
	@rm -rf target/bench-committed
	@mkdir -p target/bench-committed
	@cp bench/COMPUTE_UNITS.md bench/compute_units.json target/bench-committed
	@$(MAKE) bench
	@diff -ru --exclude program --exclude THROUGHPUT.md target/bench-committed bench || { \
		echo 'The figures in bench/ were out of date. They are new now: review and commit them.' >&2; \
		exit 1; \
	}

.PHONY: models
models: ## write docs/MODELS.md: the two models of a risk array against each other
	cargo run --release --locked -q -p novate-risk --example models > $(TARGET)/MODELS.md
	mv $(TARGET)/MODELS.md docs/MODELS.md

.PHONY: bench-risk
bench-risk: ## margins a second off chain, and 100,000 accounts ranked
	cargo bench --locked -p novate-risk
	cargo run --release --locked -q -p novate-risk --example rank

# Checking

.PHONY: test
test: ## everything that CI checks
	$(call step,Tools,setup)
	$(call step,Rust: format,check-fmt)
	$(call step,Rust: lints,check-clippy)
	$(call step,Program: sBPF v3,program)
	$(call step,Program: sBPF v0,build-v0)
	$(call step,IDL,check-idl)
	$(call step,Rust: tests,test-rust)
	$(call step,References: engine against others,test-reference)
	$(call step,Compute units,bench-check)
	$(call step,WebAssembly,wasm)
	$(call step,TypeScript: packages,node-modules)
	$(call step,TypeScript: generated client,check-client)
	$(call step,TypeScript: types,check-types)
	$(call step,TypeScript: lints and format,check-lint)
	$(call step,TypeScript: tests,test-app)

.PHONY: test-rust
test-rust: program bench-program ## all tests in Rust: risk engine, program in LiteSVM and in a bank
	cargo test --locked --workspace

.PHONY: test-risk
test-risk: ## the risk engine's tests alone
	cargo test --locked -p novate-risk

.PHONY: test-reference
test-reference: ## the risk engine against QuantLib, 50-digit arithmetic, published values and a floating-point margin
	@tools/setup python
	tests/reference/run $(REFERENCE_ARGUMENTS)

.PHONY: test-app
test-app: program wasm $(NODE_MODULES) ## all tests in TypeScript
	cd app && npm run --silent test

.PHONY: test-sbf
test-sbf: setup ## the tests of tools/sbf, for when it changes
	SBF_TOOLCHAIN=debian SBF_TOOLCHAIN_DIR=$(CURDIR)/target/sbf-toolchain tools/sbf/tests/run

.PHONY: check-fmt
check-fmt: ## is the Rust code formatted?
	cargo fmt --all --check
	cargo fmt --manifest-path tools/sbf/sbf-link/Cargo.toml --check

.PHONY: check-clippy
check-clippy: setup ## clippy, warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: check-idl
check-idl: setup ## is the committed IDL what the source says?
	cargo run --locked -p novate-idl -- --check

.PHONY: node-modules
node-modules: $(NODE_MODULES)

.PHONY: check-client
check-client: $(NODE_MODULES) ## is the generated TypeScript client current?
	cd app && npm run --silent generate:check

.PHONY: check-types
check-types: $(NODE_MODULES) ## type check of the TypeScript code
	cd app && npm run --silent typecheck

.PHONY: check-lint
check-lint: $(NODE_MODULES) ## lints and format of the TypeScript code
	cd app && npm run --silent lint

.PHONY: lint
lint: check-clippy check-types check-lint ## all lints

.PHONY: fmt
fmt: $(NODE_MODULES) ## format everything
	cargo fmt --all
	cargo fmt --manifest-path tools/sbf/sbf-link/Cargo.toml
	cd app && npm run --silent format

.PHONY: clean
clean: ## remove everything that was built or installed into this folder
	rm -rf target app/node_modules app/risk/wasm tools/sbf/tests/target tools/sbf/tests/checks/node_modules
