# Everything a developer or a build machine does with this repository.
# Needed: Go 1.26, git and make; every other tool is built from the Go modules
# in hack/tools, at the versions pinned there. All paths are relative, so that
# the folder may have any name.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# hack/goenv says why. It is sourced by the scripts that people also call.
export GOFLAGS := -buildvcs=false -trimpath $(filter-out -buildvcs=false -trimpath,$(GOFLAGS))
export CGO_ENABLED ?= 0
export GOTOOLCHAIN ?= local

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X crier.dev/crier/internal/version.Version=$(VERSION)
CONTAINER_TOOL ?= docker
IMAGE ?= crier:$(VERSION)
LOCAL_IMAGE ?= crier:dev
BASE_IMAGE ?= gcr.io/distroless/static:nonroot
BUILDER_IMAGE ?= golang:1.26

CONTROLLER_GEN := bin/controller-gen
CRD_REF_DOCS := bin/crd-ref-docs
GOLANGCI_LINT := bin/golangci-lint
HELM := bin/helm
KUSTOMIZE := bin/kustomize
MAILPIT := bin/mailpit
TOOLS := $(CONTROLLER_GEN) $(CRD_REF_DOCS) $(GOLANGCI_LINT) $(HELM) $(KUSTOMIZE) $(MAILPIT)

##@ General

.PHONY: help
help: ## List every target
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-zA-Z0-9_-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: clean
clean: ## Remove everything that was built; a running cluster is left alone
	rm -rf bin

##@ Build

.PHONY: build
build: ## Build bin/crier and bin/crier-sender, static and without debug information
	CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o bin/ . ./internal/crier-sender

.PHONY: image
image: build ## Build bin/crier-image.tar, an OCI archive, without a container engine
	$(GO) -C hack/cluster run . image ../../bin/crier ../../bin/crier-sender --name '$(LOCAL_IMAGE)' --output ../../bin/crier-image.tar

# Images of programs for the demonstration and the end-to-end tests. Recipes run
# each time, since Go knows best whether there is something to build.
.PHONY: bin/catcher-image.tar bin/mailpit-image.tar
bin/catcher-image.tar:
	CGO_ENABLED=0 $(GO) build -o bin/catcher ./hack/catcher
	$(GO) -C hack/cluster run . image ../../bin/catcher --name crier-catcher:dev --entrypoint /catcher --output ../../$@

bin/mailpit-image.tar: $(MAILPIT)
	$(GO) -C hack/cluster run . image ../../$(MAILPIT) --name crier-mailpit:dev --entrypoint /mailpit --output ../../$@

.PHONY: docker-build
docker-build: ## Build IMAGE from the Dockerfile with CONTAINER_TOOL (docker, podman, buildah)
	$(CONTAINER_TOOL) build --build-arg BASE_IMAGE='$(BASE_IMAGE)' \
	  --build-arg BUILDER_IMAGE='$(BUILDER_IMAGE)' --build-arg VERSION='$(VERSION)' -t '$(IMAGE)' .

##@ Generate

# The paths that make verify expects to come out as they are committed.
GENERATED := api/v1alpha1/zz_generated.deepcopy.go api/applyconfiguration \
  config/crd config/rbac charts/crier docs/api-reference.md CONTRIBUTING.md

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Generate deep copies and apply configurations
	rm -rf api/applyconfiguration
	$(CONTROLLER_GEN) object applyconfiguration paths=./api/v1alpha1

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Generate CRDs and RBAC into config, then into the chart
	rm -rf config/crd/bases
	$(CONTROLLER_GEN) crd paths=./api/v1alpha1 output:crd:dir=config/crd/bases
	$(GO) run ./hack/crdtimes config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=crier-manager paths='./controllers/...' output:rbac:dir=config/rbac
	@$(MAKE) chart-sync

.PHONY: chart-sync
chart-sync: ## Copy the generated CRDs and RBAC into charts/crier
	$(GO) run ./hack/chartsync

.PHONY: chart-golden
chart-golden: $(HELM) $(KUSTOMIZE) ## Write the golden renderings of the chart and of names anew: look at the difference
	hack/lint-manifests --golden

.PHONY: api-docs
api-docs: $(CRD_REF_DOCS) ## Generate docs/api-reference.md from the API types
	mkdir -p docs
	$(CRD_REF_DOCS) --source-path=api/v1alpha1 --config=hack/tools/crd-ref-docs/config.yaml \
	  --renderer=markdown --output-path=docs/api-reference.md --log-level=ERROR

.PHONY: tree-map
tree-map: ## Write the map of CONTRIBUTING.md from the comments of the packages
	$(GO) run ./hack/treemap CONTRIBUTING.md README.md docs/*.md

.PHONY: template-pictures
template-pictures: ## Take the pictures of docs/templates.md anew (needs chromium): look at them
	$(GO) run ./hack/templateshots

.PHONY: regenerate
regenerate: generate manifests chart-golden api-docs tree-map ## Generate everything that is generated

##@ Check

.PHONY: fmt
fmt: ## Format the Go code
	gofmt -s -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: vet
vet: ## Run go vet on the module and on the programs under hack
	$(GO) vet ./...
	$(GO) -C hack/cluster vet ./...
	$(GO) -C hack/bench vet ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters, with the Kubernetes API conventions on api
	$(GOLANGCI_LINT) run
	cd hack/cluster && ../../$(GOLANGCI_LINT) run --config ../../.golangci.yml
	cd hack/bench && ../../$(GOLANGCI_LINT) run --config ../../.golangci.yml

.PHONY: chart-lint
chart-lint: $(HELM) $(KUSTOMIZE) ## Lint the chart, check its renderings, build every kustomization
	hack/lint-manifests

.PHONY: verify
verify: ## Fail unless generated files, format, vet, lint and manifests are right
	hack/verify $(GENERATED)

##@ Test

# Stages of make test and make ci. What two of them need is built by an earlier
# one: builds at the same time would do the same work twice. The end-to-end tests
# mostly wait; the others use what is left of the processors (nice).
.PHONY: bin/stages
bin/stages:
	@$(GO) build -o $@ ./hack/stages

TEST_STAGES := 'packages: hack/servers || true' \
  'cluster: $(MAKE) $(HELM) $(MAILPIT) cluster-build' \
  'e2e after packages, cluster: $(MAKE) test-e2e' \
  'unit after packages, cluster: nice $(MAKE) test-unit'

.PHONY: test
test: bin/stages ## Run unit, API server and end-to-end tests at the same time, and say how long each took
	@bin/stages $(TEST_STAGES)

.PHONY: ci
ci: bin/stages ## Do make verify and make test at the same time, as .ci/run does
	@bin/stages $(TEST_STAGES) \
	  'tools: nice -n 15 $(MAKE) $(filter-out $(HELM) $(MAILPIT),$(TOOLS))' \
	  'verify after tools, cluster: nice -n 15 $(MAKE) verify'

.PHONY: test-unit
test-unit: $(MAILPIT) ## Run unit tests and the tests against real servers: Kubernetes', directories, databases
	hack/test-unit

.PHONY: test-e2e
test-e2e: $(HELM) ## Run the end-to-end tests on the local cluster
	hack/e2e/run

.PHONY: test-faults
test-faults: $(HELM) ## Test every fault at its whole size on the local cluster (an hour or more)
	CRIER_E2E_FULL=1 hack/e2e/run

.PHONY: test-drills
test-drills: $(HELM) ## Lose etcd, backups, kinds and the manager on the local cluster, and see what is held (half an hour)
	CRIER_E2E_DRILLS=1 hack/e2e/run -run TestDrills

.PHONY: test-upgrade
test-upgrade: $(HELM) ## Upgrade from an earlier release in the middle of sending, on the local cluster
	CRIER_E2E_UPGRADE=1 hack/e2e/run -run TestUpgrade

# PACKAGES chooses others, MUTATE takes more flags:
# make mutate PACKAGES=./internal/report MUTATE='-bound 30 -only Cut'
PACKAGES ?= $(addprefix ./internal/,delivery/ledger delivery/lifecycle delivery/breaker delivery/share \
  smtp/outcome recipients/audience)
MUTATE ?=

.PHONY: mutate
mutate: ## Change the code of the packages that decide, bit by bit, and see which changes no test notices
	nice $(GO) run ./hack/mutate $(MUTATE) $(PACKAGES)

##@ Measure

# ROWS chooses rows (docs/performance.md has them all), BENCH takes more flags:
# make bench ROWS=loopback,gomail BENCH='--rounds 5'
ROWS ?=
BENCH ?=

.PHONY: bin/crier-bench
bin/crier-bench: build
	$(GO) -C hack/bench build -o ../../bin/crier-bench .

.PHONY: bench
bench: bin/crier-bench ## Measure Crier against smtp-source, go-mail, sort and gzip (half an hour or more)
	bin/crier-bench run --root . $(if $(ROWS),--rows $(ROWS)) $(BENCH)

.PHONY: bench-million
bench-million: bin/crier-bench $(HELM) ## Measure a million recipients on the local cluster (root, Debian)
	bin/crier-bench million --root . $(BENCH)

.PHONY: bench-tenants
bench-tenants: bin/crier-bench ## Measure many tenants of one manager (half an hour)
	bin/crier-bench tenants --root . $(BENCH)

.PHONY: bench-plots
bench-plots: bin/crier-bench ## Measure what the plots show (an hour)
	bin/crier-bench sweep --root . $(BENCH)

.PHONY: bench-publish
bench-publish: ## Write what was measured into docs/performance
	$(GO) -C hack/bench run . publish --from ../../bin/bench --to ../../docs/performance

##@ Run

.PHONY: demo
demo: $(HELM) ## Bring up a cluster, send one message to 5,000 subscribers and show the report
	$(GO) run ./hack/demo

.PHONY: demo-sources
demo-sources: $(HELM) ## The same with a directory, a database, filters, templates and 200,000 readers
	$(GO) run ./hack/demo/sources

.PHONY: cluster-build
cluster-build: image bin/catcher-image.tar ## Build the local Kubernetes and the images for it; start nothing
	$(GO) -C hack/cluster run . build

.PHONY: cluster-up
cluster-up: ## Build and start the local single-node Kubernetes (root, Debian)
	$(GO) -C hack/cluster run . up

.PHONY: cluster-down
cluster-down: ## Stop the local Kubernetes and remove all it left
	$(GO) -C hack/cluster run . down

##@ Tools

.PHONY: tools
tools: $(TOOLS) ## Build every pinned tool into bin

# $(call tool,<name>,<package>): bin/<name> from the module hack/tools/<name>,
# built again when that module changes.
define tool
bin/$(1): hack/tools/$(1)/go.mod hack/tools/$(1)/go.sum
	@hack/timed "building $(1)" env CGO_ENABLED=0 $(GO) -C hack/tools/$(1) build -o ../../../bin/$(1) $(2)
	@touch bin/$(1)
endef

$(eval $(call tool,controller-gen,sigs.k8s.io/controller-tools/cmd/controller-gen))
$(eval $(call tool,crd-ref-docs,github.com/elastic/crd-ref-docs))
$(eval $(call tool,golangci-lint,sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter))
$(eval $(call tool,helm,helm.sh/helm/v4/cmd/helm))
$(eval $(call tool,kustomize,sigs.k8s.io/kustomize/kustomize/v5))
$(eval $(call tool,mailpit,github.com/axllent/mailpit))
