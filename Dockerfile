# ptf-cache in a container: docker build -t ptf-cache . && docker run -p 8080:8080 -v ptf-data:/data ptf-cache
#
# Configuration is by PTF_ variables; the vendor's password best by file, as
# PTF_UPSTREAM__PASSWORD_FILE=/run/secrets/vendor-password.

# Debian 12 here as below: what is linked here finds the same C library there.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN rustup component add llvm-tools
# The oldest processor that is to run it; see .ci/build.
ARG CPU
# The registry and the compiled dependencies outlive a build, the image does not carry them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    .ci/build && \
    install -D target/shipped/ptf-cache /out/usr/local/bin/ptf-cache && \
    install -d /out/data

# No shell and no package manager; the C library, and the CA certificates that TLS to the vendor needs.
FROM gcr.io/distroless/cc-debian12:nonroot
# 65532 is the image's user "nonroot". A new named volume takes over the owner of /data; a folder of the host that is
# mounted there must be writable by that number.
COPY --from=build --chown=root:root /out/usr/local/bin/ptf-cache /usr/local/bin/ptf-cache
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /data
# The database is all that must last.
VOLUME ["/data"]
# On all addresses of the container, since the default is reached from inside it alone. 8081 (probes, metrics) is for
# the platform: do not publish it.
ENV PTF_DATABASE__URL=sqlite:///data/ptf-cache.db \
    PTF_SERVER__LISTEN=0.0.0.0:8080 \
    PTF_OPS__LISTEN=0.0.0.0:8081
EXPOSE 8080 8081
# The first catalog of a large vendor takes a while; until then the service lives but is not ready.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/ptf-cache", "healthcheck"]
# SIGTERM, the default, drains and stops.
ENTRYPOINT ["/usr/local/bin/ptf-cache"]
CMD ["serve"]
