package flow_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
)

// What an earlier release froze and sent in part is sent to its end by this one:
// the same messages, octet for octet, to those who are left, and to nobody else.
func TestSendsWhatAnEarlierReleaseFroze(t *testing.T) {
	files, err := filepath.Glob("testdata/releases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w := newWorld(t, 6)
			made := w.earlier(file)
			w.look(crier.ReasonSending, "")
			w.Advance(time.Minute)
			c := &comparison{round: &round{w: w}, b: apitest.Get(w, "news", &crier.Broadcast{})}
			sent := c.send()
			left := 0
			for to, want := range made.Messages {
				got, ok := sent[roster.Key(to)]
				if !ok {
					continue
				}
				left++
				if got := shortened(got); got != want {
					t.Errorf("%s gets\n%s\nwant\n%s", to, got, want)
				}
			}
			if left != 3 || len(sent) != 3 {
				t.Errorf("%d messages, %d of them known, want 3", len(sent), left)
			}
			w.endJob(w.recordName())
			w.carry(w.recordName())
			b := w.look(crier.ReasonSentWithFailures, "1 failed")
			if b.Status.Totals.Accepted != 5 || len(b.Status.Deliveries) != 6 || !strings.Contains(w.reportOf("news"), "No such user") {
				t.Errorf("status %+v", b.Status)
			}
			if w.attempts != 0 {
				t.Errorf("%d were frozen anew", w.attempts)
			}
		})
	}
}

// reportOf is everything that the report's ConfigMaps say.
func (w *world) reportOf(name string) string {
	w.Helper()
	var all strings.Builder
	for _, of := range apitest.Get(w, name, &crier.Broadcast{}).Status.ReportConfigMaps {
		for _, text := range apitest.Get(w, of, &corev1.ConfigMap{}).Data {
			all.WriteString(text)
		}
	}
	return all.String()
}

// earlier creates what an earlier release left, under the names of the world.
func (w *world) earlier(file string) fixture {
	w.Helper()
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.TLS.Mode = crier.TLSNone })
	w.Create(w.second("staff"), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "files"}, Data: map[string]string{"small.txt": "small", "large.txt": largeFile},
	})
	w.prepare()
	b := w.with(fixtureNews)
	w.Create(b)
	made := w.readFixture(file)
	namespace := &corev1.Namespace{}
	must(w, api.Get(w.Context(), client.ObjectKey{Name: w.NS}, namespace))

	record := made.Record
	anew(record)
	record.State.BroadcastUID, record.State.NamespaceUID = string(b.UID), string(namespace.UID)
	w.Create(record)
	w.left(made, record)
	return made
}

// left creates what the record owns.
func (w *world) left(made fixture, record *crier.DeliveryRecord) {
	w.Helper()
	var objects []client.Object
	for i := range made.Shards {
		objects = append(objects, &made.Shards[i])
	}
	for i := range made.Secrets {
		objects = append(objects, &made.Secrets[i])
	}
	for _, obj := range objects {
		anew(obj)
		owners := obj.GetOwnerReferences()
		for i := range owners {
			owners[i].UID = record.UID
		}
		obj.SetOwnerReferences(owners)
		w.Create(obj)
	}
}

// anew takes away what an API server gives an object.
func anew(obj client.Object) {
	obj.SetUID(types.UID(""))
	obj.SetResourceVersion("")
	obj.SetGeneration(0)
	obj.SetCreationTimestamp(metav1.Time{})
}

// readFixture reads it with the names of the world.
func (w *world) readFixture(file string) fixture {
	w.Helper()
	data, err := os.ReadFile(filepath.Clean(file))
	must(w, err)
	var then fixture
	must(w, json.Unmarshal(data, &then))
	renamed := strings.NewReplacer(
		`"`+then.Namespace+`"`, `"`+w.NS+`"`,
		then.Record.Name, w.recordName(),
		`"`+then.Record.Labels[crier.LabelIdentity]+`"`, `"`+names.Identity(w.NS, "news")+`"`,
	).Replace(string(data))
	var made fixture
	must(w, json.Unmarshal([]byte(renamed), &made))
	return made
}

// The roster of a set that an earlier release stored is read by this one.
func TestReadsTheRosterOfAnEarlierRelease(t *testing.T) {
	files, _ := filepath.Glob("testdata/releases/*.json")
	for _, file := range files {
		data, err := os.ReadFile(filepath.Clean(file))
		must(t, err)
		var made fixture
		must(t, json.Unmarshal(data, &made))
		next := 0
		rows := roster.NewReader(made.Roster.Digest, func() ([]byte, error) {
			if next == len(made.RosterParts) {
				return nil, io.EOF
			}
			next++
			return made.RosterParts[next-1], nil
		})
		var people []string
		for {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			s, err := row.Subscriber()
			must(t, err)
			people = append(people, s.Email)
		}
		for to := range made.Messages {
			if !slices.Contains(people, to) {
				t.Errorf("%s: %s isn't in it", file, to)
			}
		}
		if len(people) != 6 {
			t.Errorf("%s: %d people", file, len(people))
		}
	}
}

// Crier was put back to an earlier release, which doesn't know what a later one
// froze: it sends none of it, ends none of it, and says what to do.
func TestFrozenByALaterRelease(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 4, accepted)
	format := func(n int32) {
		record := w.record()
		record.State.Frozen.Format = n
		w.Update(record)
	}
	format(lifecycle.Format + 1)
	w.carry(w.recordName())
	w.carry(w.recordName())
	b := w.look(crier.ReasonNewerRelease, "upgrade Crier again")
	w.condition(b, crier.ConditionFinished, false, crier.ReasonNewerRelease)
	if r := w.record(); !r.State.Stopped || len(w.jobs(r.Name)) > 0 {
		t.Errorf("not stopped: %+v", r.State)
	}
	w.Advance(47 * time.Hour)
	w.carry(w.recordName())
	w.stage(crier.RecordFrozen)
	format(lifecycle.Format)
	w.carry(w.recordName())
	w.Advance(10 * time.Second)
	w.carry(w.recordName())
	if n := w.send(w.recordName(), 100, accepted); n != 6 {
		t.Errorf("%d were sent to, want the 6 that remained", n)
	}
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.look(crier.ReasonSent, "100%")
}
