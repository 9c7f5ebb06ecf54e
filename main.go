// Crier is a list server that lives in Kubernetes. One program is the
// manager, which carries out what users declare, and the sender, which hands
// messages to a relay.
package main

import (
	"os"

	"crier.dev/crier/internal/cli"
)

func main() {
	os.Exit(cli.Run())
}
