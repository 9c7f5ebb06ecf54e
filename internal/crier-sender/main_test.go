package main

import (
	"bytes"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

const whole = "--record=b-1 --namespace=crier --attempt=a --pass=2 --selects=Deferred,Unknown --shards=9 " +
	"--worker=2 --workers=3 --connections=4 --generation=1 --deadline=2026-12-01T12:00:00Z --journal=/journal"

func TestFlags(t *testing.T) {
	pod := map[string]string{"JOB_COMPLETION_INDEX": "2", "POD_NAME": "p", "POD_UID": "u"}
	earlier := strings.Replace(whole, "--worker=2 ", "", 1)
	for _, c := range []struct {
		name, args, without, problem string
	}{
		{"whole", whole, "", ""},
		{"of the release before", earlier, "", ""},
		{"index", earlier, "JOB_COMPLETION_INDEX", "worker -1 is not one of 3"},
		{"pod", whole, "POD_UID", "pod UID"},
		{"state", strings.Replace(whole, "Unknown", "Lost", 1), "", `"Lost" isn't a state`},
		{"deadline", strings.Replace(whole, "12:00", "noon", 1), "", "deadline"},
		{"namespace", strings.Replace(whole, "--namespace=crier ", "", 1), "", "namespace"},
		{"worker", strings.Replace(whole, "--workers=3", "--workers=2", 1), "", "worker 2 is not one of 2"},
		{"number", strings.Replace(whole, "--pass=2", "--pass=4294967298", 1), "", "out of range"},
		{"flag", whole + " --speed=2", "", "-speed"},
		{"rest", whole + " sender", "", `"sender" isn't a flag`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := parse(strings.Fields(c.args), io.Discard)
			if err == nil {
				_, err = f.read(func(name string) string {
					if name == c.without {
						return ""
					}
					return pod[name]
				})
			}
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("%v, want %q", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			o, err := f.read(func(name string) string { return pod[name] })
			if err != nil {
				t.Fatal(err)
			}
			if o.Record != "b-1" || o.Pass.Number != 2 || o.Pass.Generation != 1 || o.Shards != 9 || o.Connections != 4 ||
				o.Holder.Worker != 2 || len(o.Pass.Selects) != 2 || o.Pass.Selects[1] != crier.DeliveryUnknown {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestRunOutsideOfAPod(t *testing.T) {
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"--version":  {0, "crier-sender devel"},
		"--speed=2":  {1, "speed"},
		whole:        {1, "run this in a pod"},
		"--record=x": {1, "namespace is missing"},
	} {
		var out bytes.Buffer
		code := run(strings.Fields(args), func(name string) string { return map[string]string{"POD_NAME": "p", "POD_UID": "u"}[name] }, &out)
		if code != want.code || !strings.Contains(out.String(), want.says) {
			t.Errorf("%s: %d, %s", args, code, out.String())
		}
	}
}

// A sender takes little memory because little is linked into it: no client of all kinds
// of Kubernetes, no CEL, no Markdown, nothing of the manager.
func TestIsSmall(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	large := regexp.MustCompile(`^(k8s\.io/client-go|k8s\.io/apiextensions|k8s\.io/apiserver|sigs\.k8s\.io/controller-runtime|` +
		`github\.com/(google/cel-go|yuin/goldmark|spf13|prometheus|jackc|go-ldap)|crier\.dev/crier/(controllers|internal/(cli|client|report)))(/|$)`)
	packages := strings.Fields(string(out))
	for _, p := range packages {
		if large.MatchString(p) {
			t.Errorf("%s is linked", p)
		}
	}
	if len(packages) < 50 {
		t.Errorf("only %q", packages)
	}
}
