// Command chartsync keeps the Helm chart and the kustomize bases one thing.
//
//	chartsync                    writes into charts/crier, and into
//	                             config/crd/kustomization.yaml, what comes from
//	                             the generated files in config/crd/bases and
//	                             config/rbac/role.yaml; and into the chart's
//	                             README the table of its values
//	chartsync compare <a> <b>    fails unless two rendered manifests hold the
//	                             same objects, apart from release bookkeeping
//
// It runs in the root of the repository and prints nothing when all is well.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "chartsync:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return syncChart(".")
	case len(args) == 3 && args[0] == "compare":
		return compareFiles(args[1], args[2])
	}
	return errors.New("usage: chartsync | chartsync compare <file> <file>")
}
