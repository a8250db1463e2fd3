# Two stages: the wheel and its dependencies are built where pip is, and only the environment is kept.
FROM python:3.12.8-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY linkcheck linkcheck
COPY config config
RUN python -m venv /opt/linkcheck \
    && /opt/linkcheck/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .

FROM python:3.12.8-slim-bookworm
LABEL org.opencontainers.image.title="linkcheck" \
      org.opencontainers.image.description="Checks the links and images of an archive of articles" \
      org.opencontainers.image.licenses="MIT"
# git for --changed; the certificates of the system are trusted beside certifi's.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home linkcheck \
    && git config --system --add safe.directory /archive
COPY --from=build /opt/linkcheck /opt/linkcheck
ENV PATH="/opt/linkcheck/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /archive
ENTRYPOINT ["linkcheck"]
CMD ["--help"]
