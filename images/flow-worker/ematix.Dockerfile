# The program "flow" of ematix-flow, from its source distribution, with the locks, the settings and the query texts of
# "flowbench engines install ematix". "flowbench images publish --with-ematix" puts these stages before the worker's
# own and their program into its image; without that word nothing of them is built.
FROM ${PYTHON_IMAGE} AS ematix-tools
WORKDIR /fetch
COPY lib/workloads/engines/install/locks/ematix-build.txt ./
RUN pip install --no-cache-dir --root-user-action=ignore --no-deps --only-binary=:all: --require-hashes --target=/fetch/packages --requirement=ematix-build.txt

FROM ${RUST_IMAGE} AS ematix
ENV PATH=/usr/local/cargo/bin:/opt/tools/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/opt/tools
# As the released profile, but for what costs hours.
ENV CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=2 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=symbols
# This base has Debian's Python, which comes without pip.
COPY --from=ematix-tools /usr/local/lib/python3.13/site-packages/pip /opt/tools/pip
COPY --from=ematix-tools /fetch/packages /opt/tools
WORKDIR /fetch
COPY lib/workloads/engines/install/locks/ematix.txt ./
RUN python3 -m pip download --no-cache-dir --no-deps --no-build-isolation --no-binary=:all: --require-hashes --requirement=ematix.txt --dest=/fetch
WORKDIR /build
RUN tar -xzf /fetch/ematix_flow-1.0.0.tar.gz --strip-components=1
COPY ematix-queries ./examples/tpch/queries
RUN cargo build --release --locked --package=ematix-flow-cli --bin=flow && target/release/flow --version
