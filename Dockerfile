# One image with one binary in it. Build: docker build -t deskbell .

FROM rust:1-trixie AS build
# Node is for wasm-opt and esbuild, which make the release bundles small.
RUN apt-get update \
 && apt-get install -y --no-install-recommends nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /deskbell
# The toolchain first: it changes seldom. With std's source, std itself is built small for the browser.
COPY rust-toolchain.toml ./
RUN rustup toolchain install && rustup component add rust-src
COPY . .
RUN cargo xtask build --release

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --create-home deskbell
COPY --from=build /deskbell/target/dist/deskbell /usr/local/bin/deskbell
USER deskbell
VOLUME /data
EXPOSE 8080
ENV DESKBELL_LISTEN=0.0.0.0:8080 DESKBELL_DATA=/data
# SIGTERM lets open conversations finish their last message; the server exits by itself.
STOPSIGNAL SIGTERM
ENTRYPOINT ["deskbell"]
CMD ["serve"]
