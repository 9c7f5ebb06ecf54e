// Package crd holds the CustomResourceDefinitions of Crier, so that the client
// can check manifests by the same rules as an API server.
package crd

import "embed"

// Bases has a folder bases with a file for each kind.
//
//go:embed bases/*.yaml
var Bases embed.FS
