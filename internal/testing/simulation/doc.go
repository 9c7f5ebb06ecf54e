// Package simulation holds a test that sends whole Broadcasts in virtual
// time: the real sender and the real controller of records, against a model
// of the API server, of the relay, of the cluster that runs the pods, and of
// the people who use it. Everything that can go wrong does, at every step,
// and afterwards the ledger is held against what the relay really took.
//
// There is nothing in it but the test:
//
//	go test ./internal/testing/simulation                          about a minute of seeds
//	go test ./internal/testing/simulation -seeds 20000 -first 1    as many as one likes
//	go test ./internal/testing/simulation -seeds 1 -first 4711 -v  one, with its story
//
// A seed decides on everything but the order in which goroutines that are
// woken at the same instant run, and the jitter of the sender's back-off: one
// that failed may have to be run some times to fail again.
package simulation
