# The service with its page: `docker compose up --build`, or alone: docs/containers.md.
# scripts/check-containers.sh runs the same steps without an engine.
FROM node:20-bookworm-slim AS page
WORKDIR /src
# The lock first: an edit of the page does not install its libraries again.
COPY frontend/package.json frontend/package-lock.json frontend/
RUN npm ci --prefix frontend --no-audit --no-fund --loglevel=error
COPY frontend frontend
COPY scripts/compress-page.mjs scripts/
RUN npm run --prefix frontend --silent build \
 && node scripts/compress-page.mjs server/web/dist

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/revenue && python -m venv /opt/builder
COPY requirements.lock requirements-build.lock ./
RUN /opt/revenue/bin/pip install --require-hashes -r requirements.lock \
 && /opt/builder/bin/pip install --require-hashes -r requirements-build.lock
COPY . .
COPY --from=page /src/server/web/dist server/web/dist
RUN /opt/builder/bin/pip wheel --no-build-isolation --no-deps --no-index --wheel-dir /dist . \
 && /opt/revenue/bin/pip install --no-deps --no-index /dist/*.whl

FROM python:3.11-slim-bookworm
# Chromium prints the reports, the fonts let it write any name; tini ends its orphans.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/revenue /opt/revenue
# Not root: the engine workers read published files they cannot write.
RUN useradd --system --uid 10001 --create-home revenue \
 && install -d -o revenue -g revenue /srv/revenue
# Chromium's own sandbox needs rights that a container does not give; the container is the wall,
# and a report loads nothing and runs no script.
ENV PATH=/opt/revenue/bin:$PATH PYTHONUNBUFFERED=1 REVENUE_HOME=/srv/revenue \
    REVENUE_CHROMIUM=/usr/bin/chromium REVENUE_CHROMIUM_SANDBOX=off
USER revenue
WORKDIR /srv/revenue
VOLUME /srv/revenue
EXPOSE 8083
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as u; u.urlopen('http://127.0.0.1:8083/api/health', timeout=4)"]
ENTRYPOINT ["tini", "--", "revenue"]
# Beyond this machine nobody is answered without a key: docs/keys.md.
CMD ["serve", "--host", "0.0.0.0", "--port", "8083"]
