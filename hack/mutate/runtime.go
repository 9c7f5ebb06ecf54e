package main

import _ "embed"

// switches is the text of the file that is added to an instrumented package.
// Its %d is the number of mutants. No package has names like these.
//
//go:embed switches.go.txt
var switches string

// The variables that a test binary reads.
const (
	activeVariable = "CRIER_MUTANT"       // the number of the mutant that is on
	traceVariable  = "CRIER_MUTANT_TRACE" // the file that takes the numbers of those that are passed
)
