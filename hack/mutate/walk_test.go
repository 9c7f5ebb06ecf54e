package main

import (
	"context"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"
)

// library imports packages of the standard library, each once for all tests.
var library = sync.OnceValues(func() (types.Importer, error) {
	_, exports, err := list(context.Background(), []string{"errors", "fmt", "strings", "time"})
	return imports(token.NewFileSet(), exports), err
})

// sample is a package of one file that was parsed.
func sample(t *testing.T, text string) *source {
	t.Helper()
	found, err := library()
	if err != nil {
		t.Fatal(err)
	}
	s := &source{Path: "sample", Dir: "/sample", fset: token.NewFileSet(), lookup: found}
	s.Files = []*file{{Name: "/sample/sample.go", text: []byte("package sample\n\n" + text)}}
	if err := s.parse(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMutants(t *testing.T) {
	for name, test := range map[string]struct {
		code string
		want []string
	}{
		"a condition": {`func f(a, b int) { if a < b { println() } }`, []string{
			"f: if [a < b -> true]", "f: if [a < b -> false]", "f: if a [< -> <=] b", "f: if a [< -> >=] b",
			"f: [println() -> left out]",
		}},
		"equality, and a number": {`func f(a int) bool { return a == 7 }`, []string{
			"f: return [a == 7 -> true]", "f: return [a == 7 -> false]", "f: return a [== -> !=] 7",
			"f: return a == [7 -> 8]", "f: return a == [7 -> 6]",
		}},
		"operands": {`func f(a, b bool) bool { x := a && !b; return x }`, []string{
			"f: x := a [&& -> ||] !b", "f: x := [a && -> left out] !b", "f: x := a [&& !b -> left out]",
			"f: x := a && [! -> left out]b", "f: return [x -> true]", "f: return [x -> false]",
		}},
		"a loop isn't made endless": {`func f(a []int) { for len(a) > 0 { continue } }`, []string{
			"f: for [len(a) > 0 -> false]", "f: for len(a) [> -> >=] 0", "f: for len(a) [> -> <=] 0",
			"f: for len(a) > [0 -> 1]", "f: for len(a) > [0 -> -1]", "f: [continue -> left out]",
		}},
		"times": {"import \"time\"\nfunc f(a, b time.Time) bool { c := a.Before(b); return c }", []string{
			"f: c := [a.Before(b) -> !a.After(b)]", "f: return [c -> true]", "f: return [c -> false]",
		}},
		"arithmetic": {`func f(a, b int) int { return (a + b) / -a }`, []string{
			"f: return [(a + b) / -a -> zero]", "f: return (a + b) [/ -> *] -a", "f: return (a [+ -> -] b) / -a",
			"f: return (a + b) / [- -> +]a",
		}},
		"texts have no arithmetic": {`func f(a string) string { return a + "b" }`, []string{`f: return [a + "b" -> zero]`}},
		"min":                      {`func f(a, b int8) int8 { return min(a, b) }`, []string{"f: return [min(a, b) -> zero]", "f: return [min -> max](a, b)"}},
		"statements": {`type t struct{ n int }; func (x *t) f(y int) { x.n = y; x.n++; x.n -= y; defer x.f(y); return }`, []string{
			"t.f: [x.n = y -> left out]", "t.f: [x.n++ -> left out]", "t.f: x.n[++ -> --]", "t.f: [x.n -= y -> left out]",
			"t.f: x.n [-= -> +=] y", "t.f: [defer x.f(y) -> left out]", "t.f: [return -> left out]",
		}},
		"results": {`func f(e error) (int, error) { if e != nil { return 0, e }; return g() }; func g() (int, error) { panic("") }`, []string{
			"f: if [e != nil -> true]", "f: if [e != nil -> false]", "f: if e [!= -> ==] nil", "f: return 0, [e -> zero]",
			"f: return [0 -> 1], e", "f: return [0 -> -1], e",
			"f: return [g() -> result 1 zero]", "f: return [g() -> result 2 zero]",
		}},
		"fields and maps": {`type t struct{ n, m int }; var m = map[string]t{"a": t{n: 3, m: 0}, "b": {4, len("x")}}`, []string{
			`m: map[string]t{… "a": [t{n: 3, m: 0} -> zero]`, "m: t{… n: [3 -> 4]", "m: t{… n: [3 -> 2]",
			"m: t{… m: [0 -> 1]", "m: t{… m: [0 -> -1]", `m: map[string]t{… "b": {[4 -> 5], len("x")}`,
			`m: map[string]t{… "b": {[4 -> 3], len("x")}`, `m: map[string]t{… "b": {4, [len("x") -> zero]}`,
		}},
		"cases": {`func f(a int) { switch a { case 1, 2: println(); case 3: break; default: } }`, []string{
			"f: case [1 -> never]", "f: case [1 -> 2]", "f: case [1 -> 0]", "f: case [2 -> never]", "f: case [2 -> 3]",
			"f: case [2 -> 1]", "f: [println() -> left out]", "f: case [3 -> never]", "f: case [3 -> 4]", "f: case [3 -> 2]",
			"f: [break -> left out]",
		}},
		"a switch without a tag": {`func f(a bool) { switch { case a: println() } }`, []string{
			"f: case [a -> true]", "f: case [a -> false]", "f: [println() -> left out]",
		}},
		"a constant, once for its uses": {`const most int32 = 5; func f(a int32) int32 { println(a - most); return most }`, []string{
			"most: most int32 = [5 -> 6]", "most: most int32 = [5 -> 4]", "f: [println(a - most) -> left out]",
			"f: println(a [- -> +] most)", "f: return [most -> zero]",
		}},
		"what must be a constant": {`type t [4]int; const iotas = iota; func f() int { var a = t{2: len(t{})}; return len(a) }`, []string{
			"f: return [len(a) -> zero]",
		}},
		"the same twice": {`func f(a int) { println(a); println(a) }`, []string{
			"f: [println(a) -> left out]", "f: [println(a) -> left out] (2)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := instrument(sample(t, test.code))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range i.mutants {
				got = append(got, m.key())
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// A mutant that would be no Go is left out, the others stay.
func TestOnlyGoIsLeft(t *testing.T) {
	i, err := instrument(sample(t, `type flag bool; func f(a, b int) (flag, int) { return a < b, a + b }`))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range i.mutants {
		if m.Text == "return a < b, a [+ -> -] b" {
			return
		}
	}
	t.Errorf("nothing is left of %q", i.mutants)
}

func TestLinesDontMatter(t *testing.T) {
	const code = "func f(a int) int {\n\treturn a + 1\n}\n"
	one, err := instrument(sample(t, code))
	if err != nil {
		t.Fatal(err)
	}
	other, err := instrument(sample(t, "func before() {}\n\n"+strings.ReplaceAll(code, "a + 1", "a +\n\t\t1")))
	if err != nil {
		t.Fatal(err)
	}
	for k, m := range one.mutants {
		if o := other.mutants[k]; m.key() != o.key() || m.Line == o.Line {
			t.Errorf("%s became %s", m, o)
		}
	}
}
