package main

import (
	"encoding/csv"
	"math/rand/v2"
	"net/mail"
	"strings"
	"testing"
)

func TestPeopleDifferAndHaveAddresses(t *testing.T) {
	people := &crowd{random: rand.New(rand.NewPCG(1, 1)), taken: map[string]bool{}}
	seen := map[string]bool{}
	for range 3000 {
		p := people.next(agencies[0])
		if _, err := mail.ParseAddress(p.email); err != nil || strings.ContainsAny(p.email, " ,") {
			t.Fatalf("%q is no address: %v", p.email, err)
		}
		if seen[p.email] {
			t.Fatalf("%s twice", p.email)
		}
		seen[p.email] = true
	}
}

func TestAgenciesMakeFiveThousand(t *testing.T) {
	if n := len(agencies) * perAgency; n != 5000 {
		t.Errorf("%d people", n)
	}
}

func TestQuote(t *testing.T) {
	for _, field := range []string{"plain", "Baker, Jr.", `the "boss"`} {
		got, err := csv.NewReader(strings.NewReader(quote(field) + ",x\n")).Read()
		if err != nil || got[0] != field {
			t.Errorf("%q came back as %q, %v", field, got, err)
		}
	}
}
