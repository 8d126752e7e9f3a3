# Two images from one build: `coordinator` holds all of plateau, `worker` only what computes.
#
#   docker build --target coordinator -t plateau .
#   docker build --target worker -t plateau-worker .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh && apt-get install -y --no-install-recommends file # for the .deb
COPY . .
RUN cmake --workflow --preset release && cmake --install build/release --prefix /usr --strip \
    && cd build/release && cpack -G DEB && mkdir /out && cp ./*.deb /out/plateau.deb

FROM ${BASE} AS worker
RUN apt-get update && apt-get install -y --no-install-recommends libzmq5 libzstd1 libsodium23 \
    && rm -rf /var/lib/apt/lists/* && useradd --uid 10001 --create-home plateau
COPY --from=build /usr/bin/plateau-worker /usr/bin/plateau-worker
USER plateau
ENV PLATEAU_CACHE=/home/plateau/cache
STOPSIGNAL SIGTERM
ENTRYPOINT ["plateau-worker", "--cache", "/home/plateau/cache"]
CMD ["--access", "/run/plateau/access"]

FROM ${BASE} AS coordinator
COPY --from=build /out/plateau.deb /tmp/plateau.deb
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/plateau.deb \
    && rm -rf /var/lib/apt/lists/* /tmp/plateau.deb && useradd --uid 10001 --create-home plateau \
    && mkdir /data && chown plateau /data
USER plateau
WORKDIR /data
VOLUME /data
ENV PLATEAU_CACHE=/data/cache PLATEAU_LEDGER=/data/ledger.db XDG_CONFIG_HOME=/data/config
EXPOSE 5555 5556 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["plateau"]
CMD ["coordinator", "--dir", "/data/runs", "--workers", "none", "--listen", "tcp://0.0.0.0:5555"]
