package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// employees are how many people the directory has.
const employees = 5000

// employee is one of them, as the directory has him.
type employee struct {
	uid, name, mail, agency, branch, city string
	grade                                 int
	units                                 []string
	onLeave                               bool
}

var agencies = []struct{ name, domain, branch string }{
	{"Department of Revenue", "revenue", "executive"},
	{"Department of Public Health", "health", "executive"},
	{"Department of Transportation", "transportation", "executive"},
	{"Department of Conservation and Recreation", "parks", "executive"},
	{"Executive Office of Education", "education", "executive"},
	{"Trial Court", "courts", "judicial"},
	{"Supreme Judicial Court", "sjc", "judicial"},
	{"House of Representatives", "house", "legislative"},
	{"Senate", "senate", "legislative"},
}

var (
	// Names with letters that a mail program has to get right, and how they are spelled in addresses.
	first = [][2]string{{"Ana", "ana"}, {"Björn", "bjorn"}, {"Chloé", "chloe"}, {"David", "david"}, {"Efua", "efua"}, {"Fatima", "fatima"},
		{"George", "george"}, {"Hà", "ha"}, {"Ines", "ines"}, {"José", "jose"}, {"Kwame", "kwame"}, {"Łukasz", "lukasz"}, {"Mei", "mei"}}
	last = [][2]string{{"Abebe", "abebe"}, {"Baker", "baker"}, {"Çelik", "celik"}, {"Doyle", "doyle"}, {"Évora", "evora"}, {"Flores", "flores"},
		{"García", "garcia"}, {"Hoang", "hoang"}, {"Ito", "ito"}, {"Jansen", "jansen"}, {"Kowalski", "kowalski"}, {"Lévy", "levy"},
		{"Müller", "muller"}, {"Nowak", "nowak"}, {"O'Brien", "o'brien"}, {"Patel", "patel"}, {"Quinn", "quinn"}}
	cities = []string{"Boston", "Worcester", "Springfield", "Lowell", "New Bedford", "Salem", "Pittsfield"}
	units  = []string{"audit", "field", "legal", "payroll", "records"}
)

// person is the employee of that number, always the same. Some have no address, as accounts of
// machines have none in a directory.
func person(i int) employee {
	f, l, agency := first[i%len(first)], last[i/len(first)%len(last)], agencies[i*7%len(agencies)]
	e := employee{
		uid: fmt.Sprintf("e%05d", i), name: f[0] + " " + l[0], agency: agency.name, branch: agency.branch,
		mail: fmt.Sprintf("%s.%s%d@%s.example.gov", f[1], l[1], i, agency.domain),
		city: cities[i*3%len(cities)], grade: 1 + i*4%15,
		units: []string{units[i%len(units)]}, onLeave: i%50 == 7,
	}
	if i%3 == 0 {
		e.units = append(e.units, units[(i+2)%len(units)])
	}
	if i%700 == 3 {
		e.mail = ""
	}
	return e
}

// second says whether an employee has an account for administration, too, with the same address.
func second(i int) bool { return i%1000 == 5 }

const (
	onLeave = "on-leave"
	// reader may read people and groups, and nobody else may.
	reader = "cn=crier," + slapd.Suffix
	// rights are for slapd.conf (5): without the limits a search ends at 500 entries.
	rights = `access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="` + reader + `" read by * none
limits dn.exact="` + reader + `" size.soft=500 size.hard=500 size.prtotal=unlimited`
)

// entries writes the directory.
func entries(w io.Writer, password string) error {
	var b strings.Builder
	b.WriteString(slapd.Entry(reader, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "cn", "crier", "userPassword", password))
	leave := []string{"objectClass", "groupOfNames", "cn", onLeave}
	for i := range employees {
		e := person(i)
		writeEntry(&b, e)
		if second(i) {
			e.uid = "admin-" + e.uid
			writeEntry(&b, e)
		}
		if e.onLeave {
			leave = append(leave, "member", dn(e))
		}
	}
	b.WriteString(slapd.Entry(slapd.GroupDN(onLeave), leave...))
	_, err := io.WriteString(w, b.String())
	return err
}

func dn(e employee) string { return "uid=" + e.uid + "," + slapd.PeopleDN }

func writeEntry(b *strings.Builder, e employee) {
	_, family, _ := strings.Cut(e.name, " ")
	pairs := []string{
		"objectClass", "inetOrgPerson", "uid", e.uid, "cn", e.name, "sn", family, "displayName", e.name,
		"o", e.agency, "businessCategory", e.branch, "l", e.city, "employeeType", strconv.Itoa(e.grade),
	}
	for _, unit := range e.units {
		pairs = append(pairs, "ou", unit)
	}
	if e.mail != "" {
		pairs = append(pairs, "mail", e.mail)
	}
	if e.onLeave {
		pairs = append(pairs, "memberOf", slapd.GroupDN(onLeave))
	}
	b.WriteString(slapd.Entry(dn(e), pairs...))
}
