# SAGE. `make run` shows the whole way of a job on a local network; `make test` checks everything.
# Needed: Go, a C compiler, make; for a first build of the Starknet tools also Rust and perl.

GO ?= go
BIN := bin
PROGRAMS := $(BIN)/sage-worker $(BIN)/sage-coordinator $(BIN)/sage-validator $(BIN)/sage-devnet

.DEFAULT_GOAL := help
.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build the programs into bin/
	$(GO) build -trimpath -o $(BIN)/ ./cmd/...

.PHONY: build-faulty
build-faulty: ## Build the worker that cheats, for the slashing step
	$(GO) build -trimpath -tags faultinjection -o $(BIN)/sage-worker-faulty ./cmd/sage-worker

.PHONY: run
run: build build-faulty ## A local network, and one job from an empty wallet to a private payment
	@$(BIN)/sage-devnet run

.PHONY: test
test: tools check unit contracts-check contracts-test e2e ## Everything that must be green: checks, unit, contract and end-to-end tests

.PHONY: tools
tools: ## Find the Starknet devnet and the Cairo tools, or build them once (half an hour)
	$(GO) run ./cmd/sage-devnet tools

.PHONY: check
check: generate-check ## Formatting, vet, generated code
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt differs:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags faultinjection ./worker/... ./cmd/sage-worker
	$(GO) vet -tags e2e ./e2e/...
	$(GO) vet -tags purego ./prover/... ./elgamal/...
	GOARCH=386 $(GO) vet ./prover/... ./elgamal/...

# Generated code of the prover and of elgamal: what says so in its first line.
GENERATED = $$(git ls-files -co --exclude-standard prover elgamal | xargs grep -l -m1 '^// Code generated .* DO NOT EDIT' | sort)

.PHONY: generate
generate: ## Write generated code of the prover and of elgamal, kernels in assembly among it
	$(GO) generate ./prover/... ./elgamal/...

.PHONY: generate-check
generate-check: ## Compare generated code of the prover and of elgamal with what the generators write
	@sums="$$(sha256sum $(GENERATED))"; $(GO) generate ./prover/... ./elgamal/... || exit 1; \
	  echo "$$sums" | sha256sum --check --quiet || { echo "the generated code above was not current; it is now"; exit 1; }

.PHONY: unit
unit: ## Unit, property and integration tests, and the race detector where goroutines meet
	$(GO) test -timeout 20m ./...
	$(GO) test -timeout 20m -tags faultinjection -run 'Cheat|Fault|OnRealContracts' ./worker/...
	$(GO) test -timeout 20m -tags purego $(PORTABLE)
	$(GO) test -timeout 20m -race $(CONCURRENT)

# What differs without vector instructions, and the golden proofs.
PORTABLE := ./prover/blake2s ./prover/merkle ./prover/m31/... ./prover/circle ./prover/lde ./prover/fri ./prover/pcs \
  ./prover/air ./prover/prove ./prover/verify ./elgamal/field ./elgamal/curve

# Where goroutines meet: sessions, leases, votes, streams, parallel loops.
CONCURRENT := ./coordinator/hub ./coordinator/lease ./coordinator/dispatch ./worker/session ./worker/executor \
  ./validator/bft ./validator/votelog ./p2p ./prover/internal/parallel ./prover/lde

.PHONY: contracts
contracts: ## Compile the Cairo contracts and generate their Go bindings
	$(GO) run ./contracts/build
	$(GO) run ./contracts/build -project contracts/hostile/contract -out contracts/hostile/artifacts
	$(GO) run ./chain/abigen

.PHONY: contracts-check
contracts-check: ## Check the contracts' format, and compare the checked-in classes with their sources
	$(GO) run ./contracts/build -check
	$(GO) run ./contracts/build -check -project contracts/hostile/contract -out contracts/hostile/artifacts

.PHONY: contracts-test
contracts-test: ## Run the contracts' own tests
	$(GO) run ./contracts/build -test

.PHONY: contracts-test-all
contracts-test-all: ## The contracts' own tests with those that take minutes
	$(GO) run ./contracts/build -test -all

MODEL_ROUNDS ?= 20
MODEL_OPS ?= 300
.PHONY: model-payments
model-payments: ## Thousands of random payment operations on a local network against a reference ledger
	$(GO) test -count=1 -timeout 60m -run 'TestModel$$' -v ./contracts/hostile -model.rounds $(MODEL_ROUNDS) -model.ops $(MODEL_OPS)

.PHONY: attack-payments
attack-payments: ## The attacks on payments with every felt of a proof changed, on a local network
	$(GO) test -count=1 -timeout 30m -v ./contracts/hostile -thorough

.PHONY: e2e
e2e: build build-faulty ## The ten scenarios on a real devnet, with real processes
	$(GO) test -tags e2e -count=1 -timeout 40m -v ./e2e/...

INTEROP := prover/interop
INTEROP_TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/$(INTEROP)/target)
INTEROP_PROGRAM := $(INTEROP_TARGET)/release/sage-prover-interop

.PHONY: interop-program
interop-program: # The crate's prover, with the vector instructions of this machine
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust (https://rustup.rs) to compare with the crate stwo; the golden proofs are compared without it by go test ./prover/..."; exit 1; }
	cd $(INTEROP) && RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C target-cpu=native" cargo build --release --locked --target-dir $(INTEROP_TARGET)

.PHONY: interop
interop: interop-program ## Exchange proofs with the Rust crate stwo 2.3.0 in both directions, the whole matrix
	$(GO) run ./prover/cmd/interop --program $(INTEROP_PROGRAM)

.PHONY: interop-golden
interop-golden: interop-program # Write the crate's proofs anew
	$(GO) run ./prover/cmd/interop --program $(INTEROP_PROGRAM) --set golden --update $(INTEROP)/testdata

BENCH_FLAGS ?=
.PHONY: bench-prover
bench-prover: interop-program ## The prover beside the Rust crate, equal threads; BENCH_FLAGS='--rows wide --threads 1 --repeat 5' chooses
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/bench-prover ./prover/cmd/bench-prover
	@$(BIN)/bench-prover --program $(INTEROP_PROGRAM) $(BENCH_FLAGS)

.PHONY: bench-purego
bench-purego: ## The portable prover beside the vector one, in processor time; BENCH_FLAGS='--rows matmul --repeat 5' chooses
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/bench-prover ./prover/cmd/bench-prover
	$(GO) build -tags purego -o $(BIN)/bench-prover-purego ./prover/cmd/bench-prover
	@$(BIN)/bench-prover --portable $(BIN)/bench-prover-purego $(BENCH_FLAGS)

.PHONY: prover-slow
prover-slow: ## The prover's tests that take minutes: the tables of roots and layers in every size, every byte of small proofs changed
	SAGE_SLOW_TESTS=1 $(GO) test -count=1 -timeout 30m -run 'PreprocessedRoots|Refuses' ./prover/air/... ./prover/interop

.PHONY: mutations
mutations: ## Change each byte of small proofs, one at a time: every one must be refused
	SAGE_SLOW_TESTS=1 $(GO) test -count=1 -timeout 60m -run EachChangedByte -v ./prover/verify

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## Run every fuzz target of the repository for FUZZTIME each
	@set -e; for p in $$($(GO) list ./...); do \
	  targets="$$($(GO) test -list '^Fuzz' $$p)"; \
	  for f in $$(echo "$$targets" | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; done; done

.PHONY: bench
bench: ## Benchmarks of the hot paths
	$(GO) test -run '^$$' -bench . ./prover/... ./elgamal/...

.PHONY: bench-elgamal
bench-elgamal: ## Private payments beside math/big and the published TypeScript SDK, in one run (needs Node 20)
	@npm --prefix elgamal/interop ci --prefer-offline --silent
	@$(GO) run ./privacy/comparison

.PHONY: interop-elgamal
interop-elgamal: ## The elgamal library beside npm packages of others, asked anew (needs Node 20)
	@command -v node >/dev/null || { echo "node is not on PATH: install Node 20 or newer" >&2; exit 1; }
	npm --prefix elgamal/interop ci --prefer-offline --silent
	$(GO) test -count=1 -run Interop -v ./elgamal -live

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN) $(INTEROP)/target
