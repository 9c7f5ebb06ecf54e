package audience

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

var (
	given  = []string{"Anna", "Ben", "Clara", "David", "Emilia", "Felix", "Greta", "Hans", "Ida", "Jonas", "Klara", "Liam", "Mia", "Noah", "Olga", "Paul", "Rosa", "Samir", "Thea", "Yusuf"}
	family = []string{"Smith", "Johnson", "Garcia", "Nguyen", "Müller", "Kim", "O'Brien", "Silva", "Kowalski", "Haddad", "Larsen", "Rossi", "Ivanov", "Brown", "Jones", "Miller", "Davis", "Lopez", "Wilson", "Moore"}
	agency = []string{"dor", "doe", "dot", "health", "labor", "parks", "courts", "police"}
)

// person is somebody whose address and name look like people's.
func person(r *rand.Rand, i int) roster.Subscriber {
	g, f := given[r.IntN(len(given))], family[r.IntN(len(family))]
	return roster.Subscriber{
		Email: fmt.Sprintf("%s.%s%d@%s.example.gov", g, roster.Key(f), i, agency[r.IntN(len(agency))]),
		Name:  g + " " + f,
	}
}

// stored is a roster as it is kept: compressed parts.
type stored struct {
	digest string
	parts  [][]byte
}

func (s stored) open() *roster.Reader {
	parts := s.parts
	return roster.NewReader(s.digest, func() ([]byte, error) {
		if len(parts) == 0 {
			return nil, io.EOF
		}
		part := parts[0]
		parts = parts[1:]
		return part, nil
	})
}

func (s stored) size() (n int) {
	for _, part := range s.parts {
		n += len(part)
	}
	return n
}

// store makes a roster of n people.
func store(tb testing.TB, seed uint64, n int) stored {
	tb.Helper()
	random := rand.New(rand.NewPCG(seed, seed))
	sorter := roster.NewSorter()
	for i := range n {
		p := person(random, i)
		if err := sorter.Add(roster.Key(p.Email), p); err != nil {
			tb.Fatal(err)
		}
	}
	rows, err := sorter.Rows()
	if err != nil {
		tb.Fatal(err)
	}
	var s stored
	if s.digest, _, err = roster.EncodeRows(rows, 250_000, func(part []byte) error {
		s.parts = append(s.parts, part)
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return s
}

func drain(tb testing.TB, a *Audience, do func(roster.Row)) {
	for {
		row, err := a.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			tb.Fatal(err)
		}
		do(row)
	}
}

const million = 1_000_000

// What a Broadcast to a million recipients costs without the API server: the
// pass that plans, and the pass that writes shards.
func BenchmarkPlanMillion(b *testing.B) {
	sets := []stored{store(b, 1, million*3/5), store(b, 2, million*2/5)}
	b.ReportAllocs()
	for b.Loop() {
		a, survey := New(sets[0].open(), sets[1].open()), NewSurvey()
		drain(b, a, survey.Add)
	}
	b.ReportMetric(float64(sets[0].size()+sets[1].size())/million, "octets/subscriber")
}

func BenchmarkFreezeMillion(b *testing.B) {
	sets := []stored{store(b, 1, million*3/5), store(b, 2, million*2/5)}
	b.ReportAllocs()
	var size, n int
	for b.Loop() {
		size, n = 0, 0
		w := roster.NewWriter(900_000, func(part []byte, _ int) error {
			size += len(part)
			return nil
		})
		drain(b, New(sets[0].open(), sets[1].open()), func(row roster.Row) {
			if err := w.Add(row.Line); err != nil {
				b.Fatal(err)
			}
			if n++; n%2000 == 0 {
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.ReportMetric(float64(size)/float64(n), "octets/recipient")
}

func BenchmarkSortMillion(b *testing.B) {
	for b.Loop() {
		store(b, 1, million)
	}
}
