// Package cluster is the API server's side: what all controllers have in common, and
// how the objects behind them are read and written.
package cluster
