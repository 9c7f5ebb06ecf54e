# The image of the manager and of the sender pods: a static binary for each.
#   docker build --build-arg VERSION=v0.1.0 -t crier:v0.1.0 .
# BASE_IMAGE=scratch works as well when a CA bundle is mounted at
# /etc/ssl/certs, or when every Relay names its own CA.
ARG BUILDER_IMAGE=golang:1.26
ARG BASE_IMAGE=gcr.io/distroless/static:nonroot

FROM ${BUILDER_IMAGE} AS build
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -buildvcs=false -trimpath \
    -ldflags "-s -w -X crier.dev/crier/internal/version.Version=${VERSION}" -o /out/ . ./internal/crier-sender

FROM ${BASE_IMAGE}
COPY --from=build /out/crier /out/crier-sender /
USER 65532:65532
ENTRYPOINT ["/crier"]
