# make demo and make test are all one needs; both build what they use.
.DEFAULT_GOAL := help
GO    ?= go
BIN   := bin/wiretape
# Programs from npm that some tests drive; .ci/run installs them there.
WIRETAPE_NPM ?= $(patsubst %/node_modules,%,$(wildcard $(CURDIR)/.ci/npm/node_modules))
export WIRETAPE_NPM
TOOL  := $(GO) tool -modfile=.ci/tools.mod
FUZZTIME ?= 30s

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

build: $(BIN) ## build bin/wiretape

$(BIN): FORCE
	@$(GO) build -o $(BIN) ./cmd/wiretape
FORCE:

demo: build ## record, show, export and replay a built-in service
	@$(BIN) demo

run: build ## start the recorder on 127.0.0.1:8080
	@$(BIN) record

test: ## run the tests
	$(GO) vet ./...
	$(GO) test ./...

race: ## run the tests with the race detector
	$(GO) test -race ./...

lint: ## formatting, vet, modernizers, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt would change these files"; exit 1; }
	$(TOOL) gofumpt -l . | (! grep .)
	$(GO) vet ./...
	$(TOOL) staticcheck -checks all,-ST1003,-ST1016,-ST1020,-ST1021,-ST1022 ./...

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@set -e; for f in $$(grep -rl '^func Fuzz' --include='*_test.go' .); do \
		d=$$(dirname $$f); \
		for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
			echo "$$d $$t"; $(GO) test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) $$d; done; done

bench: ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

soak: ## the long runs: load for a minute, kill -9, damaged files, bad disks
	WIRETAPE_SOAK=1 $(GO) test -v -count=1 -timeout 60m ./cmd/wiretape/internal/soak
	WIRETAPE_SOAK=1 $(GO) test -v -count=1 -timeout 60m -run 'Killed|Flip|Trunc|BadDisks' ./capture/store

accuracy: ## how often a replay answers right, protocol by protocol
	WIRETAPE_ACCURACY=$${WIRETAPE_ACCURACY:-20} $(GO) test -v -count=1 -timeout 30m -run Accuracy ./replay

measure-ui: ## measure the page: scrolling, jumping, following
	WIRETAPE_MEASURE=1 $(GO) test -v -count=1 -run TestMeasure ./cmd/wiretape/internal/web/e2e

pictures: ## make the pictures of docs/images anew, from the demonstration
	SCREENSHOTS=$(CURDIR)/docs/images $(GO) test -count=1 -run 'TestBrowser/pages' ./cmd/wiretape/internal/web/e2e

fmt: ## format
	$(TOOL) gofumpt -w .

clean: ## remove what was built
	rm -rf bin

.PHONY: help build demo run test race lint fuzz bench soak accuracy measure-ui pictures fmt clean FORCE
