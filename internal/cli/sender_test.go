package cli

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestSenderFlags(t *testing.T) {
	const whole = "--record=b-1 --namespace=crier --attempt=a --pass=2 --selects=Deferred,Unknown --shards=9 " +
		"--worker=2 --workers=3 --connections=4 --generation=1 --deadline=2026-12-01T12:00:00Z --journal=/journal"
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
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, f := senderCommand()
			if err := cmd.ParseFlags(strings.Fields(c.args)); err != nil {
				t.Fatal(err)
			}
			o, err := f.read(func(name string) string {
				if name == c.without {
					return ""
				}
				return pod[name]
			})
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("%v, want %q", err, c.problem)
				}
				return
			}
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
