package main

import (
	"strings"
	"testing"
)

func TestParseCRDRefusesARuleTwice(t *testing.T) {
	const rules = `
      x-kubernetes-validations:
      - rule: self.a
        message: one
      - rule: self.%
        message: two
`
	for second, want := range map[string]bool{"a": false, "b": true} {
		_, err := parseCRD("a.yaml", []byte(strings.TrimSpace(braces)+strings.Replace(rules, "%", second, 1)))
		if ok := err == nil; ok != want {
			t.Errorf("self.a and self.%s: error %v", second, err)
		}
		if err != nil && !strings.Contains(err.Error(), ".spec.versions[0].schema holds") {
			t.Errorf("the error doesn't name the place: %v", err)
		}
	}
}
