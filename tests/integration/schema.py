"""Every sweep and strategy file in configs/ validates against configs/sweep.schema.json, and what is wrong does not: an
editor that uses the schema must agree with the program."""
import copy
import glob
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"SKIPPED: {missing} (Debian: python3-jsonschema, python3-yaml)")
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """YAML 1.1 as editors read it, but dates stay text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rules if not tag.endswith(":timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

with open("configs/sweep.schema.json", encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
sweep = jsonschema.Draft202012Validator(schema)
strategy = sweep.evolve(schema={"$ref": "#/$defs/strategy_file", "$defs": schema["$defs"]})

failed = 0


def check(name, validator, data, good):
    global failed
    errors = [e.message[:200] for e in validator.iter_errors(data)]
    if bool(errors) == good:
        failed += 1
        print(f"{name}: {'refused: ' + '; '.join(errors) if good else 'taken, expected a refusal'}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader)


sweeps = {path: load(path) for path in sorted(glob.glob("configs/*.yaml")) if path != "configs/gate.yaml"}  # not a sweep
strategies = {path: load(path) for path in sorted(glob.glob("configs/strategies/*.yaml"))}
assert sweeps and strategies
for path, data in sweeps.items():
    check(path, sweep, data, True)
for path, data in strategies.items():
    check(path, strategy, data, True)

base = sweeps["configs/sp500_sensitivity.yaml"]
AXIS = "sleeves.equity.exit.hard_stop_atr_mult"


def changed(name, change):
    data = copy.deepcopy(base)
    change(data)
    check(name, sweep, data, False)


changed("unknown top key", lambda d: d.update(axis={}))
changed("no periods", lambda d: d.pop("periods"))
changed("no periods_per_year", lambda d: d["portfolio"].pop("periods_per_year"))
changed("misspelt field", lambda d: d["portfolio"].update(starting_equitty=1))
changed("out of range", lambda d: d["portfolio"].update(starting_equity=-1))
changed("wrong type", lambda d: d["portfolio"].update(starting_equity="much"))
changed("wrong name", lambda d: d["portfolio"].update(slippage_model="some"))
changed("seed in the portfolio", lambda d: d["portfolio"].update(seed=1))
changed("axis of nothing", lambda d: d["axes"].update({"sleeves.equity.exit.nothing": [1]}))
changed("empty axis", lambda d: d["axes"].update({AXIS: []}))
changed("axis out of range", lambda d: d["axes"].update({AXIS: [-1]}))
changed("range without step", lambda d: d["axes"].update({AXIS: {"range": [1, 2]}}))
changed("bad date", lambda d: d["periods"]["train"].update(start="2013/02/08"))
changed("unknown scenario", lambda d: d["scenarios"].append("crash"))
changed("unknown method", lambda d: d.update(sample={"method": "grid", "n": 3}))
changed("misspelt sleeve field", lambda d: d["sleeves"]["equity"].update(exitt={}))

# What YAML 1.1 makes of a plain `off` is the enumeration's off.
assert base["axes"]["portfolio.volatility_scaling.mode"][2] is False
print(f"{len(sweeps)} sweeps, {len(strategies)} strategies, {failed} failed")
sys.exit(1 if failed else 0)
