package flow_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/words"
)

// manyRecipients sets how many there are in TestManyRecipients. With a million
// it takes about two minutes:
//
//	CRIER_TEST_RECIPIENTS=1000000 go test ./controllers/flow -run ManyRecipients -v
const manyRecipients = "CRIER_TEST_RECIPIENTS"

const (
	// mebibytes that the process may have resident while it plans, freezes,
	// rolls up and reports, test and client included.
	maxResident = 256
	maxOctets   = 80 // of the ledger per recipient while sending
)

var (
	givenNames  = []string{"Anna", "Ben", "Clara", "David", "Emilia", "Felix", "Greta", "Hans", "Ida", "Jonas", "Klara", "Liam", "Mia", "Noah", "Olga", "Paul", "Rosa", "Samir", "Thea", "Yusuf"}
	familyNames = []string{"smith", "johnson", "garcia", "nguyen", "mueller", "kim", "obrien", "silva", "kowalski", "haddad", "larsen", "rossi", "ivanov", "brown", "jones", "miller", "davis", "lopez", "wilson", "moore"}
)

// stage runs a step and tells how long it took and how much memory was
// resident at its highest (proc_pid_status(5): VmHWM).
func stage(t *testing.T, name string, step func()) (time.Duration, int) {
	t.Helper()
	debug.FreeOSMemory()
	reset := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
	begin, before := time.Now(), cpu(t)
	step()
	took, used := time.Since(begin), cpu(t)-before
	resident := 0
	if status, err := os.ReadFile("/proc/self/status"); err == nil && reset {
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
		must(t, err)
		resident = kilobytes / 1024
	}
	t.Logf("%-22s %8.2fs, %5.2fs of processor, %4d MiB resident", name, took.Seconds(), used.Seconds(), resident)
	if resident > maxResident {
		t.Errorf("%s: %d MiB resident, want at most %d", name, resident, maxResident)
	}
	return took, resident
}

// cpu is the time that this process has had a processor.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// people writes a file with n people in no order, also cut into ConfigMaps.
func (w *world) people(n int) (file string, from []crier.CSVObject) {
	w.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	file = filepath.Join(w.TempDir(), "people.csv")
	out, err := os.Create(file)
	must(w, err)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	store := func() {
		must(w, zip.Close())
		name := fmt.Sprintf("people-%d", len(from))
		w.Create(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name},
			BinaryData: map[string][]byte{"people.csv.gz": bytes.Clone(packed.Bytes())},
		})
		from = append(from, crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: name}})
		packed.Reset()
		zip.Reset(&packed)
	}
	for i := range n {
		if i%50_000 == 0 {
			if i > 0 {
				store()
			}
			_, err = zip.Write([]byte("email,name\n"))
			must(w, err)
		}
		given, family := givenNames[random.IntN(20)], familyNames[random.IntN(20)]
		row := fmt.Appendf(nil, "%s.%s.%x@agency%d.example.gov,%s %s\n", given, family, random.Uint32()>>8, random.IntN(40), given, family)
		if random.IntN(4) > 0 {
			row = bytes.ToLower(row)
		}
		for _, to := range []interface{ Write([]byte) (int, error) }{zip, out} {
			_, err = to.Write(row)
			must(w, err)
		}
	}
	store()
	must(w, out.Close())
	return file, from
}

// sortAndZip is what everybody knows the cost of: to sort the same file and to
// compress it, on one thread.
func sortAndZip(t *testing.T, file string) time.Duration {
	t.Helper()
	begin := time.Now()
	command := exec.CommandContext(t.Context(), "sh", "-c", `LC_ALL=C sort --parallel=1 "$0" | gzip -6 > "$0.gz"`, file)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return time.Since(begin)
}

// octets is what the ledger of the record takes as it is stored: Secrets as
// protobuf, shards as JSON, both with metadata and managed fields.
func (w *world) octets(record *crier.DeliveryRecord) (total int) {
	w.Helper()
	labels := client.MatchingLabels{crier.LabelRecord: record.Name}
	secrets := &corev1.SecretList{}
	must(w, api.List(w.Context(), secrets, client.InNamespace(apitest.OperatorNamespace), labels))
	for i := range secrets.Items {
		total += secrets.Items[i].Size()
	}
	shards := &crier.DeliveryShardList{}
	must(w, api.List(w.Context(), shards, client.InNamespace(apitest.OperatorNamespace), labels))
	for i := range shards.Items {
		total += w.size(&shards.Items[i])
	}
	return total + w.size(record)
}

func (w *world) size(obj any) int {
	w.Helper()
	text, err := json.Marshal(obj)
	must(w, err)
	return len(text)
}

// A Broadcast with more recipients than fit into memory, from their files to
// what is left when all is over.
func TestManyRecipients(t *testing.T) {
	people := 6_100 // some shards, the last of which isn't full
	if text := os.Getenv(manyRecipients); text != "" {
		n, err := strconv.Atoi(text)
		must(t, err)
		people = n
	}
	w := bare(t)
	file, from := w.people(people)
	w.Create(w.Relay())
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{CSV: &crier.CSVSource{From: from}}},
	})
	w.Create(w.List())
	reference := sortAndZip(t, file)
	t.Logf("%-22s %8.2fs", "sort and gzip", reference.Seconds())

	sync, _ := stage(t, "reading the set", w.prepare)
	set := apitest.Get(w, "staff", &crier.SubscriberSet{})
	intended := set.Status.Subscribers
	if intended+set.Status.Duplicates != int64(people) || set.Status.Rejected > 0 {
		t.Fatalf("%d people, %+v", people, set.Status)
	}
	w.Create(w.Broadcast())
	plan, _ := stage(t, "plan and freeze", func() { w.look(crier.ReasonSending, words.Count(intended, "recipient")) })
	t.Logf("plan and freeze / sort and gzip = %.2f; with the reading of the set %.2f",
		plan.Seconds()/reference.Seconds(), (plan+sync).Seconds()/reference.Seconds())
	record := w.stage(crier.RecordFrozen)
	if frozen := record.State.Frozen; frozen.Recipients != intended || frozen.Digest != record.State.Audience.Digest ||
		int64(frozen.Shards) != (intended+1999)/2000 || record.State.Totals.Pending != intended {
		t.Fatalf("frozen %+v of %d, audience %+v", frozen, intended, record.State.Audience)
	}
	w.carry(record.Name)
	w.carry(record.Name)
	before := w.octets(record)

	// One in twenty fails.
	sent := w.send(record.Name, 2000, func(i int) ledger.Result {
		if i%20 == 7 {
			return ends(i, crier.DeliveryFailed, fmt.Sprintf("<%s>: user unknown in table %d", redact.Mark, i%5))
		}
		return accepted(i)
	})
	if int64(sent) != intended {
		t.Fatalf("sent to %d of %d", sent, intended)
	}
	w.endJob(record.Name)
	after := w.octets(w.record())
	t.Logf("octets per recipient: %.1f frozen, %.1f sent", float64(before)/float64(intended), float64(after)/float64(intended))
	if limit := int(intended) * maxOctets; people >= 1_000_000 && max(before, after) > limit {
		t.Errorf("%d octets, then %d; want at most %d", before, after, limit)
	}
	stage(t, "roll-up, report mail", func() {
		w.Advance(time.Minute)
		for range 3 {
			w.carry(record.Name)
		}
	})
	var b *crier.Broadcast
	stage(t, "status, report pages", func() { b = w.look(crier.ReasonSentWithFailures, "") })
	w.reportOfMany(b, intended)

	stage(t, "compaction", func() {
		w.Advance(10 * 24 * time.Hour)
		w.carry(record.Name)
	})
	record = w.record()
	left := w.octets(record)
	t.Logf("left after compaction: %d octets, %.4f per recipient", left, float64(left)/float64(intended))
	if record.State.CompactedAt == nil || left > 8000 {
		t.Errorf("compacted %v, %d octets left", record.State.CompactedAt, left)
	}
}

// reportOfMany checks status, ConfigMaps and report mail of a Broadcast of
// which one in twenty failed.
func (w *world) reportOfMany(b *crier.Broadcast, intended int64) {
	w.Helper()
	totals := b.Status.Totals
	if totals.Accepted+totals.Failed != intended || totals.Failed < intended/21 || !b.Status.DeliveriesTruncated && totals.Failed > 500 {
		w.Errorf("totals %+v of %d, truncated %t", totals, intended, b.Status.DeliveriesTruncated)
	}
	rows := 0
	for _, name := range b.Status.ReportConfigMaps {
		page := apitest.Get(w, name, &corev1.ConfigMap{})
		rows += strings.Count(page.Data["failures.csv"], "\n") - 1
	}
	if int64(rows) != totals.Failed {
		w.Errorf("%d rows on %d pages, %d failed", rows, len(b.Status.ReportConfigMaps), totals.Failed)
	}
	w.Logf("status of %d octets, %d deliveries; report of %d pages", w.size(b), len(b.Status.Deliveries), len(b.Status.ReportConfigMaps))
	if size := w.size(b); size > 100_000 {
		w.Errorf("the Broadcast has %d octets", size)
	}
	if report := w.recordOf(w.reportName(crier.ReportFinal)); report.State.Frozen == nil {
		w.Errorf("the report mail isn't frozen: %+v", report.State)
	}
}
