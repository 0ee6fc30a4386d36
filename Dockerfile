# One file, five images: docker build --target operator|worker|gateway|cli|standins .
# `--target sbom --output type=local,dest=dist/sbom` writes what is in them (`make sbom` too).
# What stands above a target is built with it where BuildKit is not used: the order saves time.
# The base images are arguments, so that a mirror or a hardened base can take their place.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="JobImport" \
      org.opencontainers.image.description="A Kubernetes operator that imports job postings" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# USER: no user database knows the number, and Python asks for a name.
ENV PATH=/opt/jobimport/bin:$PATH USER=jobimport PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# What installs packages has no place where nothing may be installed.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip* \
      /usr/local/lib/python3.*/ensurepip /usr/lib/python3.*/ensurepip /usr/share/python-wheels
USER 65532:65532

# Only what the lock says: a change of our own code fetches no package again.
FROM ${PYTHON_IMAGE} AS packages
ARG UV_VERSION=0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/jobimport
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==${UV_VERSION}
WORKDIR /src
COPY pyproject.toml uv.lock ./
COPY core/pyproject.toml core/pyproject.toml
COPY operator/pyproject.toml operator/pyproject.toml
COPY worker/pyproject.toml worker/pyproject.toml
COPY api/pyproject.toml api/pyproject.toml
COPY cli/pyproject.toml cli/pyproject.toml

FROM packages AS operator-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-workspace --package jobimport-operator
COPY core/ core/
COPY operator/ operator/
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-operator

FROM runtime AS operator
COPY --from=operator-packages /opt/jobimport /opt/jobimport
ENTRYPOINT ["jobimport-operator"]

FROM packages AS worker-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-workspace --package jobimport-worker
COPY core/ core/
COPY worker/ worker/
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-worker

FROM runtime AS worker
COPY --from=worker-packages /opt/jobimport /opt/jobimport
ENTRYPOINT ["jobimport-worker"]

FROM packages AS gateway-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-workspace --package jobimport-api
COPY core/ core/
COPY api/ api/
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-api

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /src/frontend
ENV NEXT_TELEMETRY_DISABLED=1
COPY frontend/package.json frontend/package-lock.json ./
RUN npm install --no-save --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM runtime AS gateway
COPY --from=gateway-packages /opt/jobimport /opt/jobimport
COPY --from=dashboard /src/frontend/out /opt/dashboard
ENV DASHBOARD_DIR=/opt/dashboard
EXPOSE 8080
ENTRYPOINT ["jobimport-gateway"]

FROM packages AS cli-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-workspace --package jobimport-cli
COPY core/ core/
COPY operator/ operator/
COPY worker/ worker/
COPY api/ api/
COPY cli/ cli/
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-cli

# The command `jobimport`: docker run --rm -v "$PWD:/work" -w /work jobimport-cli validate imports/
FROM runtime AS cli
COPY --from=cli-packages /opt/jobimport /opt/jobimport
COPY --from=dashboard /src/frontend/out /opt/dashboard
ENV DASHBOARD_DIR=/opt/dashboard HOME=/tmp
ENTRYPOINT ["jobimport"]

# For demos where no image registry is reached: a Redis, a MongoDB stand-in and a sample job board.
FROM cli-packages AS standins-packages
RUN XDG_CACHE_HOME=/opt/standins /opt/jobimport/bin/python -c \
      "from jobimport_cli.standins.jars import class_path; class_path()"

FROM cli AS standins
COPY --from=standins-packages /opt/standins /opt/standins
ENV XDG_CACHE_HOME=/opt/standins
ENTRYPOINT ["python", "-m", "jobimport_cli.standins"]

FROM packages AS sboms
RUN mkdir /sbom && for part in operator worker api cli; do \
      /opt/uv/bin/uv export --quiet --locked --no-dev --format cyclonedx1.5 \
        --preview-features sbom-export --package jobimport-$part -o /sbom/$part.cdx.json; done

FROM scratch AS sbom
COPY --from=sboms /sbom /
