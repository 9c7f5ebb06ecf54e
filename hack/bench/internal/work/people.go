// Package work is what is sent in measurements: people made up by number, and
// a message to them of about 4 kB whose text and HTML need quoted-printable.
package work

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
)

// Person is a made-up recipient.
type Person struct{ Email, Name, Agency, Branch, City string }

var (
	given = [...]struct{ ascii, spelled string }{
		{"aaliyah", "Aaliyah"}, {"bjorn", "Björn"}, {"chloe", "Chloé"}, {"dmitri", "Dmitri"},
		{"fatima", "Fatima"}, {"grace", "Grace"}, {"henry", "Henry"}, {"huong", "Thị Hương"},
		{"joao", "João"}, {"keiko", "Keiko"}, {"lukasz", "Łukasz"}, {"malik", "Malik"},
		{"naomi", "Naomi"}, {"priya", "Priya"}, {"renee", "Renée"}, {"soren", "Søren"}, {"zoe", "Zoë"},
	}
	family = [...]struct{ ascii, spelled string }{
		{"abebe", "Abebe"}, {"cohen", "Cohen"}, {"dangelo", "D'Angelo"}, {"ferreira", "Ferreira"},
		{"garcia", "García Márquez"}, {"haddad", "Haddad"}, {"kowalski", "Kowalski"}, {"mueller", "Müller"},
		{"nguyen", "Nguyễn"}, {"okafor", "Okafor"}, {"ostergaard", "Østergaard"}, {"patel", "Patel"}, {"simic", "Šimić"},
	}
	agencies = [...]struct{ domain, name, branch string }{
		{"courts", "Trial Court", "judicial"}, {"education", "Department of Education", "executive"},
		{"health", "Department of Public Health", "executive"}, {"labor", "Labor & Workforce", "executive"},
		{"legislature", "General Court", "legislative"}, {"parks", "Parks, Forests and Beaches", "executive"},
		{"revenue", "Department of Revenue", "executive"},
	}
	cities = [...]string{"Boston", "Worcester", "Springfield", "Lowell", "New Bedford", "Pittsfield", "Barnstable", "Fall River", "Holyoke"}
)

// PersonOf is number i. Addresses of different numbers differ.
func PersonOf(i int) Person {
	first, last := given[i%len(given)], family[i%len(family)]
	agency := agencies[i%len(agencies)]
	return Person{
		Email: fmt.Sprintf("%s.%s%d@%s.example.gov", first.ascii, last.ascii, i, agency.domain),
		Name:  first.spelled + " " + last.spelled, Agency: agency.name, Branch: agency.branch, City: cities[i%len(cities)],
	}
}

// scatter spreads the numbers, so that a file isn't sorted already. It is
// prime to every number of people up to itself.
const scatter = 7_368_787

// WriteCSV writes n people with a header line, in no order.
func WriteCSV(w io.Writer, n int) error { return writeRows(w, numbers(n, everybody)) }

func everybody(int) bool { return true }

// numbers are those of n people that are kept, in no order.
func numbers(n int, keep func(int) bool) []int {
	var all []int
	for i := range n {
		if person := int(int64(i) * scatter % int64(n)); keep(person) {
			all = append(all, person)
		}
	}
	return all
}

func writeRows(w io.Writer, people []int) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"email", "name", "agency", "branch", "city"}); err != nil {
		return err
	}
	for _, i := range people {
		p := PersonOf(i)
		if err := out.Write([]string{p.Email, p.Name, p.Agency, p.Branch, p.City}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// rowsPerFile keeps a compressed file well below the 1 MiB of a ConfigMap.
const rowsPerFile = 30_000

// Files are n people as compressed CSV files of at most 1 MiB.
func Files(n int) ([][]byte, error) { return FilesOf(n, everybody) }

// FilesOf are those of n people that are kept, as compressed CSV files of at
// most 1 MiB.
func FilesOf(n int, keep func(int) bool) ([][]byte, error) {
	var files [][]byte
	for people := range slices.Chunk(numbers(n, keep), rowsPerFile) {
		var buf bytes.Buffer
		zip := gzip.NewWriter(&buf)
		if err := writeRows(zip, people); err != nil {
			return nil, err
		}
		if err := zip.Close(); err != nil {
			return nil, err
		}
		files = append(files, buf.Bytes())
	}
	return files, nil
}
