package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

type agency struct{ code, name, branch string }

var agencies = []agency{
	{"health", "Department of Public Health", "executive"},
	{"revenue", "Department of Revenue", "executive"},
	{"transportation", "Department of Transportation", "executive"},
	{"parks", "Parks, Forests and Beaches", "executive"},
	{"education", "Department of Education", "executive"},
	{"labor", "Labor & Workforce", "executive"},
	{"courts", "Trial Court", "judicial"},
	{"legislature", "General Court", "legislative"},
}

var cities = []string{
	"Boston", "Worcester", "Springfield", "Lowell", "Pittsfield", "Fall River", "New Bedford", "Barnstable",
}

// A name as it is shown and, where that can't stand in an address, in ASCII.
var firstNames = []string{
	"Amara", "Zoë|zoe", "José|jose", "Mary Ann|maryann", "Łukasz|lukasz", "Priya", "Olga", "Noah", "Thị Hương|huong",
	"Seán|sean", "Chloé|chloe", "Wei", "Fatima", "João|joao", "Ingrid", "Malik", "Søren|soren", "Grace", "Tomás|tomas",
	"Aaliyah", "Björn|bjorn", "Quentin", "Yusuf", "Renée|renee", "Dmitri", "Keiko", "Naomi", "李|li", "Ολυμπία|olympia",
	"Xavier", "Beatriz", "Henry", "Iman", "Ürün|urun", "Vera", "Caleb",
}

var lastNames = []string{
	"Okafor", "O'Brien", "Núñez|nunez", "Kowalski", "Nguyễn|nguyen", "Silva", "Müller|mueller", "Smith-Jones|smith-jones",
	"Patel", "Lindqvist", "García Márquez|garcia", "Cohen", "Washington", "Ferreira", "Østergaard|ostergaard", "Tremblay",
	"Haddad", "Ivanova", "Kim", "Papadopoulos", "MacDonald", "de la Cruz|delacruz", "Abebe", "Šimić|simic", "Yamamoto",
	"Baker, Jr.|baker", "Lopez", "Zhang", "d'Angelo|d'angelo", "Fitzgerald", "娜|na", "Vásquez|vasquez",
}

type person struct{ email, name, city string }

// crowd makes people whose addresses all differ.
type crowd struct {
	random *rand.Rand
	taken  map[string]bool
}

func (c *crowd) next(a agency) person {
	first, firstASCII := forms(c.pick(firstNames))
	last, lastASCII := forms(c.pick(lastNames))
	local := firstASCII + "." + lastASCII
	email := local + "@" + a.code + ".example.gov"
	for n := 2; c.taken[email]; n++ {
		email = fmt.Sprintf("%s%d@%s.example.gov", local, n, a.code)
	}
	c.taken[email] = true
	return person{email: email, name: first + " " + last, city: c.pick(cities)}
}

func (c *crowd) pick(from []string) string { return from[c.random.IntN(len(from))] }

// forms splits "shown|address"; without a bar the address is the name in lower case.
func forms(entry string) (shown, ascii string) {
	shown, ascii, ok := strings.Cut(entry, "|")
	if !ok {
		ascii = strings.ToLower(shown)
	}
	return shown, ascii
}
