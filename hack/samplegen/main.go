// Command samplegen writes the made-up employees of config/samples: always the
// same ones, so that the files only change when this program does. Run it from
// the root of the repository: go run ./hack/samplegen
package main

import (
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	folder = "config/samples"
	// perAgency times the number of agencies is 5,000. It keeps each ConfigMap far
	// below the 256 KiB that plain kubectl apply can write: it stores the object once
	// more, as an annotation.
	perAgency = 625
)

func main() {
	log.SetFlags(0)
	// The seed is part of the files' content, not of anything secret.
	people := &crowd{random: rand.New(rand.NewPCG(2026, 12)), taken: map[string]bool{}}
	for _, a := range agencies {
		if err := write(a, people); err != nil {
			log.Fatalf("samplegen: %v", err)
		}
	}
}

func write(a agency, people *crowd) error {
	name := "employees-" + a.code
	var b strings.Builder
	fmt.Fprintf(&b, "# Made up by hack/samplegen; none of these people exists.\n")
	fmt.Fprintf(&b, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: hr\ndata:\n", name)
	fmt.Fprintf(&b, "  %s.csv: |\n    email,name,agency,branch,city\n", a.code)
	for range perAgency {
		p := people.next(a)
		fmt.Fprintf(&b, "    %s,%s,%s,%s,%s\n", p.email, quote(p.name), quote(a.name), a.branch, p.city)
	}
	return os.WriteFile(filepath.Join(folder, "20-"+name+".yaml"), []byte(b.String()), 0o644)
}

// quote writes a CSV field (RFC 4180).
func quote(field string) string {
	if !strings.ContainsAny(field, ",\"\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}
