# The service: `docker build -t revenue-analytics .`, then see docker-compose.yml.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/revenue && python -m venv /opt/builder
# The locks first: an edit of our own code does not install the dependencies again.
COPY requirements.lock requirements-build.lock ./
RUN /opt/revenue/bin/pip install --require-hashes -r requirements.lock \
 && /opt/builder/bin/pip install --require-hashes -r requirements-build.lock
COPY . .
RUN /opt/builder/bin/pip wheel --no-build-isolation --no-deps --no-index --wheel-dir /dist . \
 && /opt/revenue/bin/pip install --no-deps --no-index /dist/*.whl

FROM python:3.11-slim-bookworm
COPY --from=build /opt/revenue /opt/revenue
# Not root: the engine workers read published files they cannot write.
RUN useradd --system --uid 10001 --create-home revenue \
 && install -d -o revenue -g revenue /srv/revenue
ENV PATH=/opt/revenue/bin:$PATH REVENUE_HOME=/srv/revenue PYTHONUNBUFFERED=1
USER revenue
WORKDIR /srv/revenue
VOLUME /srv/revenue
EXPOSE 8083
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as u; u.urlopen('http://127.0.0.1:8083/api/health', timeout=4)"]
ENTRYPOINT ["revenue"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8083"]
