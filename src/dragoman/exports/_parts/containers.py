"""The containers of `compose` and `kubernetes`: images, words, health, and what must be seen within."""

from dragoman.exports import CannotExport, Options
from dragoman.exports._parts import engine
from dragoman.model.deployment import Deployment

CACHE = "/root/.cache/huggingface"
CONFIGURATION = "/etc/dragoman/gateway.yaml"
NOBODY = 65534

# No image and no package of the gateway is published; this makes one from a checkout.
DOCKERFILE = """\
FROM docker.io/library/python:3.12-slim
WORKDIR /tmp/dragoman
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src
RUN pip install --no-cache-dir --no-deps --no-build-isolation .
WORKDIR /
USER 65534:65534
ENTRYPOINT ["dragoman"]
"""


def image(deployment: Deployment, options: Options) -> str:
    """vLLM's. Raises CannotExport for the CPU, for which the image depends on the processor."""
    if options.image:
        return options.image
    if options.device == "cpu":
        raise CannotExport("Name the image of vLLM for this CPU (--image); the usual one is for GPUs.")
    return f"docker.io/vllm/vllm-openai:v{engine.version(deployment)}"


def paths(deployment: Deployment) -> list[str]:
    """What lies on the machine and must be seen in the container, under the same path."""
    template = deployment.chat_template
    if template and not template.startswith("/") and "\n" not in template and "{" not in template:
        raise CannotExport(f"{template!r}: a container wants the whole path of a chat template.")
    if deployment.model.startswith((".", "~")):
        raise CannotExport(f"{deployment.model!r}: a container wants the whole path of a model.")
    return [path for path in (deployment.model, template) if path.startswith("/")]


def health(port: int, path: str) -> list[str]:
    """A command that fails while nothing good is answered; both images have Python."""
    url = f"http://127.0.0.1:{port}{path}"
    return ["python3", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout=5)"]


def words(deployment: Deployment, options: Options, port: int, rank: tuple[str, ...] = ()) -> list[str]:
    """What follows `vllm serve` in the container."""
    own = (*engine.words(deployment, options), *rank, *deployment.extra)
    return [*own, "--host", "0.0.0.0", "--port", str(port)]  # noqa: S104 - only the gateway reaches it
