# The front door. What is behind it: CMake presets, ctest, pytest, and the scripts in scripts/.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
ARGS ?=
SECONDS_EACH ?= 60
SANITIZERS := asan-ubsan tsan

.DEFAULT_GOAL := help
.PHONY: help run build test sdk chaos bench format format-check lint structure sanitize fuzz fuzz-build fuzz-check \
	clean $(SANITIZERS)

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: build ## build what is needed and start the server; ARGS="--port 9000" are passed on
	@exec build/release/confab serve $(ARGS)

build: ## build build/release/confab, after installing what is missing for it
	@scripts/install.sh build
	@test -f build/release/build.ninja || cmake --preset release -DCONFAB_TESTS=OFF
	@cmake --build build/release --target confab -j $(JOBS)

test: ## build with tests and run them all: unit, contract, black box, tools
	@scripts/install.sh build test
	@cmake --preset release -DCONFAB_TESTS=ON
	@cmake --build build/release -j $(JOBS)
	@scripts/test.sh release

sdk: ## build the TypeScript SDK and run its tests against build/release/confab
	@scripts/sdk.sh

chaos: ## break the server 100 times and check what is left; ARGS="--seed 7 --rounds 20" are passed on
	@scripts/install.sh build test
	@JOBS=$(JOBS) scripts/chaos.sh $(ARGS)

bench: ## measure against the floor on this machine; ARGS="--runs 3" are passed on
	@scripts/install.sh build bench
	@JOBS=$(JOBS) scripts/bench.sh $(ARGS)

format: ## format the C++ sources
	@scripts/format.sh

format-check: ## tell which lines are not formatted
	@scripts/format.sh --check

structure: ## check ranks, sizes, preambles, tests, bans, documents
	@tools/check_structure.py

lint: ## run clang-tidy
	@cmake --preset dev
	@scripts/lint.sh

sanitize: $(SANITIZERS) ## build with sanitizers and run the tests: asan-ubsan, tsan

$(SANITIZERS):
	@scripts/install.sh build test
	@cmake --preset $@
	@cmake --build build/$@ -j $(JOBS)
	@scripts/test.sh $@

fuzz: fuzz-build ## build the fuzz targets and run each for SECONDS_EACH
	@JOBS=$(JOBS) scripts/fuzz.sh $(SECONDS_EACH)

fuzz-check: fuzz-build ## give each fuzz target its corpus and a fixed number of inputs
	@JOBS=$(JOBS) scripts/fuzz.sh --runs

fuzz-build:
	@scripts/install.sh build fuzz
	@cmake --preset fuzz
	@cmake --build build/fuzz --target fuzz -j $(JOBS)

clean: ## remove everything that was built
	@rm -rf build
