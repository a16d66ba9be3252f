# What a developer types. `make` alone lists the targets. `run` and `test` set up and build by themselves.

JOBS ?= $(shell nproc)
OUT ?= .
SECONDS ?= 600
export VIDEO OUT JOBS
MAKEFLAGS += --no-print-directory

.PHONY: help setup build run up up-local down down-local test test-long asan tsan bench fuzz lint format clean

help:
	@echo 'make setup                   install what is missing (Debian packages, npm packages)'
	@echo 'make build                   build everything, optimised, into build/release'
	@echo 'make run                     the service, in the foreground'
	@echo 'make run VIDEO=F [OUT=DIR]   estimate and render a clip: by the service that runs, or by one for this clip'
	@echo 'make up, make down           the service and its servers in containers; stop them, volumes are kept'
	@echo 'make up-local, down-local    the servers in containers, the service beside them; stop the servers'
	@echo 'make test                    all tests, then the quick ones under sanitizers'
	@echo 'make test-long               the faults of docs/reliability.md at their full length, and a video of 4 GB'
	@echo 'make asan, make tsan         all tests under address and undefined-behaviour, or thread sanitizer'
	@echo 'make bench                   the benchmarks'
	@echo 'make fuzz [SECONDS=600]      each fuzz target for that long'
	@echo 'make lint, make format       check, or rewrite, the format; clang-tidy'
	@echo 'make clean                   delete build/'

setup:
	@tools/setup test

build:
	@tools/setup run
	@tools/build release

run:
	@tools/setup run
	@tools/run

up up-local down down-local:
	@tools/cluster $@

test:
	@tools/setup test
	@tools/test release asan-quick tsan-quick

test-long:
	@tools/setup test
	@tools/test long

asan tsan:
	@tools/setup test
	@tools/test $@

bench:
	@tools/setup bench
	@tools/build release
	@benchmarks/run

fuzz:
	@tools/setup test
	@tools/fuzz $(SECONDS)

lint:
	@tools/setup test
	@tools/build release
	@tools/lint

format:
	@tools/setup test
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

clean:
	rm -rf build
