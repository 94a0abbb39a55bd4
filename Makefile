# Process Monitor. The two that matter: `make demo` (the main job, on the embedded store) and `make test`.

SWIFT ?= swift
DEBUG = .build/debug

.PHONY: demo test check build release format clean help

help:                    ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: build              ## shows the main job: a killed worker is recovered, a hopeless one is stopped by its breaker
	@scripts/demo $(DEBUG)

build:                   ## builds for debugging, with what it needs
	@scripts/bootstrap build
	$(SWIFT) build

test:                    ## runs all tests, against real databases, processes and (as root) a real systemd
	@scripts/bootstrap test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel
	@scripts/test-documents $(DEBUG)

check:                   ## what must hold for every commit: formatting, boundaries, manual pages, scripts
	@scripts/bootstrap dev
	@scripts/check

release:                 ## builds for release; the Swift library is linked in, so only the C libraries are needed
	@scripts/bootstrap build
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build-release
	@strip -o .build-release/monitord .build-release/release/monitord
	@strip -o .build-release/monitorctl .build-release/release/monitorctl
	@ls -l .build-release/monitord .build-release/monitorctl

format:                  ## formats the sources
	$(SWIFT) format -i -r Sources Tests Examples Package.swift

clean:                   ## removes what was built
	rm -rf .build .build-*
