# syntax=docker/dockerfile:1
# One file, three images: docker build --target operator|worker|gateway .
# The base images are arguments, so that a mirror or a hardened base can take their place.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /src/frontend
ENV NEXT_TELEMETRY_DISABLED=1
COPY frontend/package.json frontend/package-lock.json ./
RUN npm install --no-save --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS packages
ARG UV_VERSION=0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/jobimport
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==${UV_VERSION}
WORKDIR /src
COPY pyproject.toml uv.lock ./
COPY core/ core/
COPY operator/ operator/
COPY worker/ worker/
COPY api/ api/
COPY cli/pyproject.toml cli/pyproject.toml

FROM packages AS operator-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-operator

FROM packages AS worker-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-worker

FROM packages AS gateway-packages
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --package jobimport-api

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="JobImport" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# USER: no user database knows the number, and Python asks for a name.
ENV PATH=/opt/jobimport/bin:$PATH USER=jobimport PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532

FROM runtime AS operator
COPY --from=operator-packages /opt/jobimport /opt/jobimport
ENTRYPOINT ["jobimport-operator"]

FROM runtime AS worker
COPY --from=worker-packages /opt/jobimport /opt/jobimport
ENTRYPOINT ["jobimport-worker"]

FROM runtime AS gateway
COPY --from=gateway-packages /opt/jobimport /opt/jobimport
COPY --from=dashboard /src/frontend/out /opt/dashboard
ENV DASHBOARD_DIR=/opt/dashboard
EXPOSE 8080
ENTRYPOINT ["jobimport-gateway"]
