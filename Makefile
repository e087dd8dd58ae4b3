# Every habit is a target; `make help` lists them. Only Python 3.11+, make and a package registry are needed.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
ENV ?= default
ARCHITECTURE ?= arm64
PORT ?= 4566
export SAM_CLI_TELEMETRY = 0

RUN := .venv/bin/python
SAM := .venv-tools/bin/sam
SAM_BUILD = $(SAM) build
CHECKOV := .venv-audit/bin/checkov
# Where a command of operate/ goes: to the stack of ENV, or to that of make up on PORT.
ON = $(if $(filter yes,$(LOCAL)),--port $(PORT),--env $(ENV))

# ENV=local: the local cloud on PORT stands in the place of AWS, and what is built runs on this machine.
ifeq ($(ENV),local)
export AWS_ENDPOINT_URL = http://127.0.0.1:$(PORT)
export AWS_DISABLE_HOST_PREFIX_INJECTION = true
export AWS_ACCESS_KEY_ID = test
export AWS_SECRET_ACCESS_KEY = test
export AWS_DEFAULT_REGION ?= us-east-1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport AWS_PROFILE AWS_SESSION_TOKEN
# SAM CLI does not know which wheels this machine can use.
SAM_BUILD = .venv-tools/bin/python local/sam_build.py
BUILT_HERE = --parameter-overrides $(shell $(RUN) -c 'import platform, sys; \
	arm = platform.machine().lower() in ("arm64", "aarch64"); \
	print("Architecture=" + ("arm64" if arm else "x86_64"), "PythonRuntime=python%d.%d" % sys.version_info[:2])')
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo up seed invoke test test-roads test-built test-sam lint typecheck validate audit sbom build bench load faults redrive cost prices preflight ask stream sign calibrate bedrock-logging deploy python-of-lambda not-local delete logs lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make .venv: the project, its tests and the local cloud

demo: .venv/.ready $(if $(filter-out training,$(CHAPTER)),,.venv-training/.ready) ## Play the whole application on this machine: eight chapters, or one (CHAPTER=questions)
	$(RUN) -m local demo $(addprefix --chapter ,$(CHAPTER))

up: .venv/.ready ## Run the local cloud until Ctrl-C (PORT=4566)
	$(RUN) -m local up --port $(PORT)

seed: .venv/.ready ## Put into the cloud of make up what the samples in events/ need
	$(RUN) -m local seed --port $(PORT)

invoke: .venv/.ready .venv-tools/.ready ## sam local invoke (Docker) of what make build has built, on make up: FUNCTION= EVENT=
	$(RUN) -m local sam $(FUNCTION) --event $(EVENT) --port $(PORT) $(if $(SAM_OPTIONS),-- $(SAM_OPTIONS))

test: lint typecheck .venv-tools/.ready .venv-training/.ready ## Everything offline: lint, types, unit, template, local cloud, e2e
	$(RUN) -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(TESTS)
# What takes longest begins first, so that no process is left alone with it at the end.
TESTS = $(addprefix tests/,workflow e2e local template unit)

test-roads: .venv/.ready .venv-tools/.ready .venv-training/.ready ## What is slow and rarely breaks: samples, sam build, sam deploy, built artefacts, switches
	$(RUN) -m pytest -n 3 --dist loadfile tests/roads

test-built: .venv/.ready .venv-tools/.ready ## What sam build makes, of both architectures; each function and machine run with its sample
	$(RUN) -m pytest -n 2 --dist loadfile tests/roads/test_build.py tests/roads/test_built.py

test-sam: .venv/.ready .venv-tools/.ready ## Each function with its sample by sam local invoke, with Docker (ONE_PER_PIPELINE=yes: eight)
	PYTHONPATH=functions $(RUN) -m tests.roads.sam_local $(if $(filter yes,$(ONE_PER_PIPELINE)),--one-per-pipeline) $(if $(filter yes,$(NEEDS_DOCKER)),--needs-docker)

lint: .venv/.ready ## ruff, and its formatting
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

typecheck: .venv/.ready ## mypy: strict on functions/, plain on local/, operate/, bench/
	.venv/bin/mypy

validate: .venv/.ready .venv-tools/.ready .venv-audit/.ready ## Templates as written and translated: SAM, our rules, cfn-lint, parliament, checkov
	@for file in template.yaml pipelines/*.yaml pipelines/*/*.yaml; do $(SAM) validate --lint --template $$file || exit 1; done
	$(RUN) -m pytest -q -n 2 --dist loadfile tests/template
	$(RUN) -m tests.template.gate
	$(CHECKOV) --config-file .checkov.yaml

audit: .venv-audit/.ready ## Known advisories of every locked package; without a network those of requirements/floors.toml
	.venv-audit/bin/python requirements/advisories.py

sbom: .venv-audit/.ready ## CycloneDX lists of what is deployed, by function and layer, and of the tools: into sbom/
	.venv-audit/bin/python -m requirements.sbom

build: .venv-tools/.ready ## sam build for ARCHITECTURE=arm64|x86_64 with the newest Python on the path that Lambda has
	@test -n "$(RUNTIME)" || { echo "Functions run on Python 3.12 or 3.13, and neither is on the path: put one there, or build in" \
		"Docker with $(SAM) build --use-container --parameter-overrides Architecture=$(ARCHITECTURE)." \
		"The local cloud needs no build." >&2; exit 1; }
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE) PythonRuntime=$(RUNTIME)
RUNTIME = $(shell for p in $(PYTHON) python3.13 python3.12 python3 python; do \
	$$p -c 'import sys; v = sys.version_info[:2]; print("python%d.%d" % v); raise SystemExit(not (3, 12) <= v <= (3, 13))' \
	2>/dev/null | grep -x 'python3.1[23]' && break; done)

bench: .venv/.ready .venv-bench/.ready .venv-training/.ready ## Measure against references in the same run; prints ratios
	$(RUN) -m bench

load: .venv/.ready ## Bursts of articles, questions, documents, trips and logs on a local cloud, counted to the last (QUICK=1: less)
	$(RUN) -m bench.faults load $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED))

faults: .venv/.ready ## Workers killed, services down, S3 busy, clocks off: is anything lost? (QUICK=1: less; SEED=)
	$(RUN) -m bench.faults faults $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED))

redrive: .venv/.ready ## Start failed work again, tell what is left: PIPELINE=narration|documents|llm|questions|knowledge|training (LOCAL=yes: of make up)
	$(RUN) -m operate redrive $(PIPELINE) $(ON)

cost: .venv/.ready ## What each pipeline has cost in DAYS=30, beside its article's way; PIPELINE= one (LOCAL=yes: on make up)
	$(RUN) -m operate cost $(PIPELINE) $(if $(DAYS),--days $(DAYS)) $(ON)

prices: .venv/.ready ## Compare the prices of models with the price list, and with WRITE=yes write them
	$(RUN) -m operate prices $(if $(filter yes,$(WRITE)),--write) $(ON)

ask: .venv/.ready ## Ask the lake in plain English: QUESTION="..." [SESSION=] (LOCAL=yes: of make up)
	$(RUN) -m operate ask "$(QUESTION)" $(if $(SESSION),--session $(SESSION)) $(ON)

stream: .venv/.ready ## Play FILE=trips.csv into the trips stream (LOCAL=yes: of make up)
	$(RUN) -m operate stream $(FILE) $(ON)

sign: .venv/.ready ## Cookies for one premium article: ARTICLE= BASE_URL= KEY_ID= PRIVATE_KEY= [HOURS=8]
	$(RUN) -m operate sign $(ARTICLE) --base-url $(BASE_URL) --key-id $(KEY_ID) --private-key $(PRIVATE_KEY) $(if $(HOURS),--hours $(HOURS))

calibrate: .venv/.ready ## Measure and fit the refusal detector, on your labelled completions: PAIRS=file.jsonl
	$(RUN) -m operate calibrate $(PAIRS)

bedrock-logging: .venv/.ready ## Show, and with CONFIRM=yes set, where Bedrock logs this account's invocations
	$(RUN) -m operate bedrock-logging $(if $(filter yes,$(CONFIRM)),--confirm) $(ON)

# LOCAL=yes is of commands that only ask a stack. SAM CLI would go to AWS all the same.
not-local:
	@test -z "$(LOCAL)" || { echo "LOCAL=$(LOCAL) means nothing here, and this would go to AWS: say ENV=local for the local cloud." >&2; exit 1; }

preflight: not-local .venv/.ready ## Credentials, workers, Region, models, lake: what make deploy of ENV asks first (SKIP=regions)
	$(RUN) -m operate preflight --env $(ENV) $(addprefix --skip ,$(SKIP))

# Before anything is asked or made. On the local cloud functions run on the Python of this project.
WANTED = $(shell sed -n '/^\[$(ENV)\.global/,/^$$/s/.*PythonRuntime=\(python3\.[0-9]*\).*/\1/p' samconfig.toml)
python-of-lambda:
	@test "$(ENV)" = local || for p in "$(WANTED)" python3 python; do \
		"$$p" -c 'import sys; raise SystemExit("python%d.%d" % sys.version_info[:2] != "$(WANTED)")' 2>/dev/null && exit 0; done || { \
		echo "$(ENV) is built for $(or $(WANTED),no Python at all) (PythonRuntime in samconfig.toml), and no such Python on the path runs:" \
		"put one there (uv python install 3.13, or pyenv install 3.13 and pyenv global 3.13), or set PythonRuntime to" \
		"$(or $(RUNTIME),python3.12 or python3.13)." >&2; exit 1; }

deploy: python-of-lambda not-local .venv-tools/.ready preflight ## sam build and sam deploy as samconfig.toml says for ENV=default|staging|prod|local
	$(SAM_BUILD) --config-env $(ENV) $(BUILT_HERE)
	$(SAM) deploy --config-env $(ENV)

delete: not-local .venv/.ready .venv-tools/.ready ## Delete the stack of ENV: tells what goes, what stays and what is left (CONFIRM=yes: unasked)
	$(RUN) -m operate delete --env $(ENV) --sam $(SAM) $(if $(filter yes,$(CONFIRM)),--yes)

# SAM CLI follows as many functions as it has threads, processors + 4, and says nothing of the others.
logs: not-local .venv-tools/.ready ## Follow the logs of the stack of ENV; of one function: FUNCTION=Narration/NarrationStart
	$(SAM) logs --config-env $(ENV) --tail $(if $(FUNCTION),--name $(FUNCTION))

lock: ## Write the lock files anew (needs uv)
	requirements/lock.sh

clean: ## Remove environments, builds and caches
	rm -rf .venv .venv-tools .venv-audit .venv-bench .venv-training .venv-training.lock .aws-sam sbom .millrace .mypy_cache .ruff_cache .pytest_cache .hypothesis

# An environment is made once and again when its lock changes. --no-deps: the lock names every package already.
.venv/.ready: requirements/dev.txt
.venv-tools/.ready: requirements/tools.txt
.venv-audit/.ready: requirements/audit.txt
.venv-bench/.ready: requirements/bench.txt
.venv-training/.ready: requirements/training.txt
.venv/.ready .venv-tools/.ready .venv-audit/.ready .venv-bench/.ready .venv-training/.ready:
	@test -n "$(PYTHON)" || { echo "Millrace needs Python 3.11, 3.12 or 3.13 on the path; none was found." >&2; exit 1; }
	@echo "Making $(@D) with $$($(PYTHON) --version) from $< (a minute or two) ..."
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D) || { echo "Python's venv module is missing; install it (Debian: python3-venv)." >&2; exit 1; }
	@$(@D)/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes --progress-bar off -q -r $<
	@touch $@
