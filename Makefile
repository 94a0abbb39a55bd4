# Process Monitor. The two that matter: `make demo` (the main job, on the embedded store) and `make test`.

SWIFT ?= swift
DEBUG = .build/debug

PREFIX ?= /usr
DESTDIR ?=

.PHONY: demo test faults fuzz sanitize soak check build release install uninstall dist deb rpm test-packages bench \
        format clean help

help:                    ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

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

faults:                  ## breaks the databases, the daemon and the host in dozens of ways; prints what each has cost
	@scripts/bootstrap test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel --filter IntegrationTests.FaultTests

fuzz:                    ## gives parsers everything a fuzzer thinks of, FUZZ_SECONDS (60) each; fails on a crash
	@scripts/bootstrap build
	@scripts/fuzz

sanitize:                ## runs the tests under Address and Thread Sanitizer; fails on any report, of a leak or a race too
	@scripts/bootstrap test
	@scripts/sanitize

soak:                    ## kills daemon, database and a hundred processes at random for SOAK_SECONDS (600)
	@scripts/bootstrap test
	$(SWIFT) build --build-tests
	SOAK_SECONDS=$${SOAK_SECONDS:-600} $(SWIFT) test --skip-build --no-parallel --filter SoakTests

check:                   ## what must hold for every commit: formatting, boundaries, manual pages, scripts
	@scripts/bootstrap dev
	@scripts/check

release:                 ## builds for release; the Swift library is linked in, so only the C libraries are needed
	@scripts/bootstrap build
	@# The programs alone: what supports the tests doesn't build for release.
	for program in monitord monitorctl; do \
	    $(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --pkg-config-path Sources/CMariaDB \
	        --scratch-path .build-release --product $$program && \
	    strip -o .build-release/$$program .build-release/release/$$program || exit; \
	done
	@ls -l .build-release/monitord .build-release/monitorctl

install:                 ## installs what `make release` built, below PREFIX (/usr), DESTDIR standing for /; as root
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install install

uninstall:               ## takes away what `make install` installed; configuration, database and logs stay
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install uninstall

dist:                    ## makes a source archive of the last commit, from which `rpmbuild -ta` makes packages
	@scripts/build-archive

deb: release             ## makes a Debian package
	@scripts/bootstrap packaging
	@scripts/build-deb

rpm:                     ## makes an RPM package
	@scripts/bootstrap packaging
	@scripts/build-rpm

test-packages: release   ## installs, runs, upgrades and removes all of them, on a real systemd; as root
	@scripts/bootstrap test
	@scripts/bootstrap packaging
	@scripts/test-packages

bench: release           ## measures what was built, as root: QUICK=1, FIGURES="alarm storm", RESULTS=file
	@scripts/bootstrap test
	@Benchmarks/run $(if $(QUICK),--quick) $(if $(RESULTS),--results '$(RESULTS)') $(FIGURES)

format:                  ## formats the sources
	$(SWIFT) format -i -r Sources Tests Fuzz Examples Benchmarks Package.swift

clean:                   ## removes what was built
	rm -rf .build .build-*
