// Package client is for people with files: lint and preview, which judge manifests
// without a cluster by the rules that hold in one.
package client
