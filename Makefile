# run · test · check · docs · texts · bench · seeds · e2e · mutation · audit, each one line of real work.
PYTHON ?= python3
VENV := .venv/bin
DEMO := FUNIS_DEMONSTRATION=1 FUNIS_LIGHT_PASSWORDS=1 FUNIS_DATABASE_URL=sqlite:///var/demo.sqlite FUNIS_KEY_FOLDER=var/demo-keys
PORT ?= 8000
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run demo-reset test check docs texts bench seeds e2e mutation audit lock

run: .venv/.run  ## the demonstration on http://127.0.0.1:8000
	$(DEMO) $(VENV)/python -m lims demo
	$(DEMO) $(VENV)/python -m lims who http://127.0.0.1:$(PORT)
	@$(DEMO) $(VENV)/python -m lims print & trap "kill $$! 2>/dev/null || :" EXIT INT TERM; \
	$(DEMO) $(VENV)/gunicorn -w 2 -k lims.web.worker.BufferingWorker --threads 8 --no-control-socket --log-level warning -b 127.0.0.1:$(PORT) wsgi:app

demo-reset: .venv/.run  ## the demonstration anew
	rm -rf var/demo.sqlite* var/demo-keys
	$(DEMO) $(VENV)/python -m lims demo

test: check  ## everything that proves it
	$(VENV)/python -m pytest -n 2 --dist loadgroup --ignore=tests/browser
	$(VENV)/python -m pytest -n 2 --dist loadgroup tests/browser  # alone: the pace of keys is judged

check: .venv/.test  ## style, types, directions
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy lims wsgi.py
	$(VENV)/lint-imports

docs: .venv/.test  ## what is drawn from the code
	$(VENV)/python -m lims moves > docs/moves.md
	$(VENV)/python -m lims permissions > docs/permissions.md
	$(VENV)/python -m docs.draw_imports > docs/imports.md

texts: .venv/.test  ## the catalogues of what people read, after one was edited
	$(VENV)/pybabel compile --domain lims --directory lims/texts

bench: .venv/.test  ## P1–P4, P6–P12, P15, P16 and the labels into bench/results.json
	$(VENV)/python -m bench

seeds: .venv/.test  ## worlds in which everything breaks: make seeds SEEDS=0:1000
	FUNIS_SEEDS=$(SEEDS) $(VENV)/python -m pytest -s -n 2 tests/journeys/test_simulated.py

e2e: .venv/.test  ## the journey in a browser
	$(VENV)/python -m pytest -n 2 --dist loadgroup tests/browser

mutation: .venv/.mutation  ## every rules.py mutated, against its table tests; what survives is listed
	rm -rf mutants
	$(VENV)/mutmut run
	$(VENV)/mutmut results

audit: .venv/.audit  ## what is known of the libraries' faults; their list as var/sbom.json (CycloneDX)
	mkdir -p var
	$(VENV)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --of JSON -o var/sbom.json
	$(VENV)/pip-audit --strict --requirement requirements.txt --require-hashes --disable-pip

.venv/.audit: .venv/.run requirements-audit.txt
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	touch $@

.venv/.mutation: .venv/.test requirements-mutation.txt
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutation.txt
	touch $@

.venv/.run: requirements.txt
	$(PYTHON) -m venv .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	ln -sf ../../lims.sh .venv/bin/lims
	touch $@

.venv/.test: requirements-test.txt
	$(PYTHON) -m venv .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	ln -sf ../../lims.sh .venv/bin/lims
	touch .venv/.run $@

lock:  ## needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group test --group lint pyproject.toml -o requirements-test.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group mutation -c requirements-test.txt -o requirements-mutation.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group audit -c requirements-test.txt -o requirements-audit.txt
