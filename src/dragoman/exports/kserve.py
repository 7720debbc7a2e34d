"""KServe's LLMInferenceService in the place of engines of our own, and Dragoman's gateway before it.

KServe starts vLLM with flags of its own and takes more of them from VLLM_ADDITIONAL_ARGS, which a shell
splits; it reads the whole object as a template of Go's first. Field names: serving.kserve.io/v1alpha2.
"""

from collections.abc import Mapping
from dataclasses import replace

from dragoman.engines.vllm import serve
from dragoman.exports import CannotExport, File, Options
from dragoman.exports._parts import containers, engine, manifests, quoting, yaml
from dragoman.exports._parts.manifests import Fields
from dragoman.exports._parts.yaml import Noted
from dragoman.model.deployment import Deployment

SUMMARY = "an LLMInferenceService of KServe"

URL = "ENGINE_URL"


def render(deployment: Deployment, options: Options) -> Mapping[str, File]:
    options = engine.checked(deployment, options)
    if deployment.model.startswith(("/", ".", "~")):
        raise CannotExport("KServe takes a model from a hub; for a folder of the machine export kubernetes.")
    if deployment.chat_template.startswith("/"):
        raise CannotExport("KServe's container does not see a chat template of the machine.")
    if deployment.nodes > 1 and deployment.layout.pipeline != deployment.nodes:
        raise CannotExport("KServe starts one machine per pipeline stage; pin --pp to the number of nodes.")
    variables = [manifests.from_secret(options, URL)]
    gateway = manifests.gateway_objects(options, [f"os.environ/{URL}"], variables)
    return {
        "llminferenceservice.yaml": File(
            yaml.dump(_service(deployment, options), _note(deployment, options))
        ),
        "gateway.yaml": File(yaml.documents(gateway, _gateway_note(options))),
        "Dockerfile": File(
            f"# Dragoman's gateway; the context is a checkout of it.\n{containers.DOCKERFILE}"
        ),
    }


def _service(deployment: Deployment, options: Options) -> Fields:
    layout = deployment.layout
    parallel: Fields = {"tensor": layout.tensor}
    parallel |= {"pipeline": layout.pipeline} if layout.pipeline > 1 else {}
    parallel |= {"data": layout.data, "dataLocal": layout.data} if layout.data > 1 else {}
    parallel |= {"expert": True} if layout.expert else {}
    spec: Fields = {
        "model": {
            "uri": quoting.go_template(f"hf://{deployment.model}"),
            "name": quoting.go_template(deployment.served_name),
        },
        "replicas": deployment.replicas,
        "parallelism": parallel,
        "router": {"route": {}, "gateway": {}, "scheduler": {}},
        "template": {"containers": [_container(deployment, options)]},
    }
    if deployment.nodes > 1:
        spec["worker"] = {"containers": [_container(deployment, options)]}
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": manifests.named(options, "engine", options.name),
        "spec": spec,
    }


def additional(deployment: Deployment) -> str:
    """What KServe does not say itself, as one text for a shell."""
    plain = replace(deployment, model="", served_name="", extra=())
    return " ".join(map(quoting.bash, (*serve.arguments(plain)[3:], *deployment.extra)))


def _container(deployment: Deployment, options: Options) -> Fields:
    given = engine.variables(deployment, options) | {"VLLM_ADDITIONAL_ARGS": additional(deployment)}
    variables = [
        {"name": name, "value": quoting.dollars(quoting.go_template(value))}
        for name, value in sorted(given.items())
    ]
    secrets = [name for name in sorted(engine.secrets(deployment)) if name != "HF_TOKEN"]
    gpus = {"nvidia.com/gpu": str(engine.gpus_each(deployment, options))}
    # Without one, KServe's own, which fits the flags that KServe gives.
    image = {"image": options.image} if options.image else {}
    return {
        "name": "main",
        **image,
        "env": [
            *variables,
            *(manifests.from_secret(options, name) for name in secrets),
            manifests.from_secret(options, "HF_TOKEN", optional=True),
        ],
        "resources": Noted("KServe's own probes and image apply.", {"limits": gpus, "requests": gpus}),
    }


def _note(deployment: Deployment, options: Options) -> str:
    return (
        f"{engine.title(deployment, options)}, run by KServe (which brings an image of its own).\n"
        "Made by `dragoman export kserve`, for KServe 0.19 and later.\n"
        "\n"
        f"    kubectl apply -f llminferenceservice.yaml\n"
        f"    kubectl get llminferenceservice {options.name} -o jsonpath='{{.status.url}}'"
    )


def _gateway_note(options: Options) -> str:
    return (
        "Dragoman's gateway before KServe's service, whose address is known once it runs. The keys first:\n"
        "\n"
        f"{manifests.how_to_make_the_secret(options, URL, 'HF_TOKEN')}\n"
        "\n"
        f"{URL} is the address that KServe shows, VLLM_API_KEY what it wants (any word where it wants\n"
        "none), DRAGOMAN_KEY what clients must send. No image is published: build the Dockerfile's."
    )
