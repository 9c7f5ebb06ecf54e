// Command crdtimes narrows every time in the CustomResourceDefinitions of a
// folder to what Go reads. The format date-time of an API server also lets
// through what no client in Go can decode (a lower-case z, an offset of 99
// hours), and controller-gen takes no marker on a type of another module, such
// as the times within conditions.
//
//	crdtimes config/crd/bases
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// pattern is RFC 3339 as time.Parse reads it, within the years whose times are
// written the same way in UTC: an offset doesn't lead out of four digits.
const pattern = `^(` + years + `-` + rest + `(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])|9999-` + rest + `Z)$`

const (
	years = `([1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])`
	rest  = `[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?`
)

// times are the fields that are times; one with a pattern of its own is left
// alone. controller-gen writes the keys of a field in alphabetical order.
var times = regexp.MustCompile(`(?m)^( +)format: date-time\n( +)(pattern|type): `)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: crdtimes FOLDER")
		os.Exit(2)
	}
	if err := narrowAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func narrowAll(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("there is no CustomResourceDefinition in %s", folder)
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, narrow(text), 0o644); err != nil { //nolint:gosec // as public as the repository
			return err
		}
	}
	return nil
}

// narrow adds the pattern to every time of a definition.
func narrow(text []byte) []byte {
	return times.ReplaceAllFunc(text, func(field []byte) []byte {
		if bytes.HasSuffix(field, []byte("pattern: ")) {
			return field
		}
		return times.ReplaceAll(field, []byte("${1}format: date-time\n${1}pattern: "+quoted+"\n${2}${3}: "))
	})
}

// quoted is the pattern as a scalar of YAML, with its dollar sign for Go's
// replacements.
var quoted = "'" + string(bytes.ReplaceAll([]byte(pattern), []byte("$"), []byte("$$"))) + "'"
