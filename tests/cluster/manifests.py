#!/usr/bin/python3
"""What can be known of the compose file and the Kubernetes manifests without a cluster: every field exists in the API's own
models with the right type, names that point at each other do, and the programs take the arguments they are given."""
import glob, os, re, shutil, subprocess, sys
try:
    import yaml
    from kubernetes import client
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-kubernetes python3-yaml)")
    sys.exit(77)

MODELS = {"Service": "V1Service", "StatefulSet": "V1StatefulSet", "Deployment": "V1Deployment", "Job": "V1Job",
          "Namespace": "V1Namespace", "NetworkPolicy": "V1NetworkPolicy"}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float)}
failures = []


def check(value, kind, path):
    """value against a type of the client's models: 'str', 'list[V1Container]', 'dict(str, str)', 'V1PodSpec' .."""
    if kind == "object" or path.endswith((".port", ".targetPort", ".maxUnavailable", ".maxSurge")):  # a number or a name
        return
    if match := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            failures.append(f"{path}: {value!r} is no list")
            return
        for i, item in enumerate(value):
            check(item, match[1], f"{path}[{i}]")
    elif match := re.fullmatch(r"dict\(str, (.*)\)", kind):
        for key, item in value.items():
            check(item, match[1], f"{path}.{key}")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
            failures.append(f"{path}: {value!r} is no {kind}")
    elif model := getattr(client, kind, None):
        fields = {name: model.openapi_types[attribute] for attribute, name in model.attribute_map.items()}
        for key, item in value.items():
            if key in fields:
                check(item, fields[key], f"{path}.{key}")
            else:
                failures.append(f"{path}.{key}: {kind} has no such field")
    else:
        failures.append(f"{path}: {kind} is not known here")


def check_pod(pod, where, claims=()):
    volumes = {v["name"] for v in pod.get("volumes", [])} | set(claims)
    for container in pod["containers"]:
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                failures.append(f"{where}: no volume {mount['name']}")
        ports = {p["name"] for p in container.get("ports", [])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container and container[probe]["httpGet"]["port"] not in ports:
                failures.append(f"{where}: {probe} asks no port of the container")
        check_arguments(container["image"].split(":")[0], container["args"], where)


def check_arguments(image, arguments, where):
    """Every option is one of the program's own --help."""
    binaries = os.environ["PLATEAU_BIN"]
    asked = [f"{binaries}/plateau", arguments[0], "--help"] if image == "plateau" else [f"{binaries}/plateau-worker", "--help"]
    help_text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for word in arguments:
        if word.startswith("--") and not re.search(rf"{re.escape(word)}\b", help_text):
            failures.append(f"{where}: {image} has no option {word}")


def check_kubernetes():
    seen = {}
    for file in sorted(glob.glob("deploy/k8s/*.yaml")):
        with open(file) as f:
            documents = list(yaml.safe_load_all(f))
        for d in documents:
            if d["kind"] == "Kustomization":
                for name in d["resources"]:
                    if not os.path.exists(f"deploy/k8s/{name}"):
                        failures.append(f"{file}: no {name}")
                continue
            check(d, MODELS[d["kind"]], f"{file}:{d['kind']}")
            seen[d["kind"], d["metadata"]["name"]] = d
            template = d.get("spec", {}).get("template")
            if not template:
                continue
            selector = d["spec"].get("selector", {}).get("matchLabels", {})
            if not selector.items() <= template["metadata"]["labels"].items():
                failures.append(f"{file}: the selector does not match its own pods")
            claims = [c["metadata"]["name"] for c in d["spec"].get("volumeClaimTemplates", [])]
            check_pod(template["spec"], f"{file}:{d['kind']}", claims)
    service, coordinator = seen["Service", "coordinator"], seen["StatefulSet", "coordinator"]
    assert coordinator["spec"]["serviceName"] == "coordinator"
    assert service["spec"]["selector"].items() <= coordinator["spec"]["template"]["metadata"]["labels"].items()
    listening = {p["containerPort"] for p in coordinator["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert {p["port"] for p in service["spec"]["ports"]} == listening
    if shutil.which("kubectl"):
        done = subprocess.run(["kubectl", "kustomize", "deploy/k8s"], capture_output=True, text=True)
        if done.returncode:
            failures.append("kustomize: " + done.stderr.strip())


def check_compose():
    if not shutil.which("docker-compose"):
        print("SKIPPED: docker-compose is missing (scripts/setup.sh --tests)")
        sys.exit(77)
    done = subprocess.run(["docker-compose", "-f", "docker-compose.yml", "config", "-q"], capture_output=True, text=True)
    if done.returncode:
        failures.append("docker-compose: " + done.stderr.strip())
    with open("docker-compose.yml") as f:
        compose = yaml.safe_load(f)
    for name in ("coordinator", "worker"):
        check_arguments(compose["services"][name]["image"], compose["services"][name]["command"], f"docker-compose.yml: {name}")
    with open("Dockerfile") as f:
        stages = set(re.findall(r"^FROM \S+ AS (\S+)", f.read(), re.M))
    for name, service in compose["services"].items():
        if service.get("build", {}).get("target", "build") not in stages:
            failures.append(f"docker-compose.yml: {name} builds a stage the Dockerfile does not have")


def check_itself():
    """A judge that lets everything pass judges nothing."""
    before = len(failures)
    check({"replicas": "three"}, "V1DeploymentSpec", "x")
    check({"matchLables": {}}, "V1LabelSelector", "x")
    assert len(failures) == before + 2
    del failures[before:]


check_itself()
check_kubernetes()
check_compose()
for failure in failures:
    print("FAILED:", failure)
if not failures:
    print("manifests: every field, name and option is there")
sys.exit(bool(failures))
