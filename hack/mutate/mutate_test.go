package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const sampleCode = `package sample

func Small(n int) bool { return n < 10 }

func Down(n int) int {
	for n > 0 {
		n--
	}
	return n
}

func Fill(n int) (all []byte) {
	for len(all) != n {
		all = append(all, make([]byte, 1<<10)...)
	}
	return all
}

func Unused() int { return 3 }
`

const sampleTests = `package sample

import "testing"

func TestSmall(t *testing.T) {
	if !Small(9) || Small(11) {
		t.Error("wrong")
	}
}

func TestDown(t *testing.T) {
	if Down(5) != 0 {
		t.Error("wrong")
	}
}

func TestFill(t *testing.T) {
	if len(Fill(1<<10)) != 1<<10 {
		t.Error("wrong")
	}
}

func BenchmarkUnused(b *testing.B) { Unused() }
`

// mutateSample runs the program on a module with a sample of a package, and
// returns what it wrote.
func mutateSample(t *testing.T, list string, only string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"go.mod": "module sample.example\n\ngo 1.26\n", "part/sample.go": sampleCode, "part/sample_test.go": sampleTests, "list": list,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	o := options{
		packages: []string{"./part"}, equivalent: "list", bound: 20, only: regexp.MustCompile(only),
		limits: limits{jobs: 2, megabytes: 256},
	}
	err := run(t.Context(), o, &out)
	if text, _ := os.ReadFile("part/sample.go"); string(text) != sampleCode {
		t.Error("the code itself was changed")
	}
	return out.String(), err
}

func wants(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("without %q:\n%s", part, out)
		}
	}
}

func TestSurvivorsAreListed(t *testing.T) {
	out, err := mutateSample(t, "", "Small|Unused")
	if !errors.Is(err, errTooMany) {
		t.Errorf("half of the mutants survive, and it says %v", err)
	}
	wants(t, out,
		"part/sample.go:3:35: Small: return n [< -> <=] 10\n",
		"part/sample.go:3:37: Small: return n < [10 -> 11]\n",
		"part/sample.go:19:28: Unused: return [3 -> 4] (no test comes here)\n",
		"part: 50.0 % survive, at most 20 % may")
	for _, killed := range []string{"[n < 10 -> true]", "[n < 10 -> false]", "[< -> >=]"} {
		if strings.Contains(out, killed) {
			t.Errorf("a test fails with %s:\n%s", killed, out)
		}
	}
}

// Code that runs for ever, or fills the memory, fails its tests.
func TestHangingIsKilled(t *testing.T) {
	out, err := mutateSample(t, "", `n\[-- -> \+\+\]|n\[-- -> left|\[n-- -> |len\(all\) \[!= -> ==\]|\[1 -> 2\]<<10`)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	wants(t, out, "       4       4         0           0  0.0 %")
}

func TestListOfEquivalents(t *testing.T) {
	out, err := mutateSample(t, strings.Join([]string{
		"# changes nothing",
		"part: Small: return n [< -> <=] 10", "\tnobody asks for 10",
		"part: Small: return [n < 10 -> true]", "\twrong: a test fails",
		"part: Small: return n [< -> <=] 11", "\tthe code was another",
		"elsewhere: Small: return n [< -> <=] 11", "\tnot looked at",
	}, "\n"), "")
	if !errors.Is(err, errTooMany) {
		t.Errorf("stale entries, and it says %v", err)
	}
	wants(t, out,
		"stale, line 4 of the list: a test fails with it: part: Small: return [n < 10 -> true]\n",
		"stale, line 6 of the list: there is no such mutant: part: Small: return n [< -> <=] 11\n")
	for _, never := range []string{"Small: return n [< -> <=] 10\n", "elsewhere"} {
		if strings.Contains(out, never) {
			t.Errorf("with %q:\n%s", never, out)
		}
	}
}

func TestTestsMustPassWithoutAMutant(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"go.mod": "module sample.example\n\ngo 1.26\n", "sample.go": "package sample\n",
		"sample_test.go": "package sample\nimport \"testing\"\nfunc TestFails(t *testing.T) { t.Error(\"broken\") }\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := run(t.Context(), options{packages: []string{"."}, only: regexp.MustCompile("")}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "TestFails fails without a mutant") || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
}
