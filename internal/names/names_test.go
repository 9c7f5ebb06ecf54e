package names

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	crier "crier.dev/crier/api/v1alpha1"
)

// Names are stored in clusters: what is found by them must be found by the next
// release as well.
func TestNamesStayAsTheyWere(t *testing.T) {
	for got, want := range map[string]string{
		Identity("hr", "news"):                                          "dmn7tq6a3l2g63tlqoa4",
		RecordName("hr", "news"):                                        "b-dmn7tq6a3l2g63tlqoa4",
		ReportRecordName("hr", "news", 2, crier.ReportFinal):            "r-dmn7tq6a3l2g63tlqoa4-2-f",
		ShardName("b-x", "a1", 7):                                       "b-x-a1-7",
		MessageSecretName("b-x", "a1"):                                  "b-x-a1-message",
		FileSecretName("b-x", "a1", 3):                                  "b-x-a1-file-3",
		HandoutSecretName("b-x", "a1"):                                  "b-x-a1-connection",
		MarksSecretName("b-x", "a1"):                                    "b-x-a1-marks",
		SenderName("b-x", "a1"):                                         "b-x-a1-sender",
		JobName("b-x", "a1", 4):                                         "b-x-a1-p4",
		RosterSecretName("hr", "news", "sha256:0123456789abcdef", 0):    "roster-dmn7tq6a3l2g63tlqoa4-0123456789ab-0",
		RosterSecretName("hr", "news", "short", 12):                     "roster-dmn7tq6a3l2g63tlqoa4-short-12",
		SuppressionSecretName("hr", "news", "sha256:0123456789abcd", 1): "suppression-dmn7tq6a3l2g63tlqoa4-0123456789ab-1",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Two objects never share a name, wherever the dash stands, and whatever a name
// is made of fits into one of Kubernetes.
func TestNamesAreTheirOwn(t *testing.T) {
	long := strings.Repeat("a", 63)
	seen := map[string]string{}
	for what, name := range map[string]string{
		"a-b/c": RecordName("a-b", "c"), "a/b-c": RecordName("a", "b-c"), "ab/c": RecordName("ab", "c"), "long": RecordName(long, long),
		"test":            TestRecordName("a", "b", "token"),
		"another test":    TestRecordName("a", "b", "token2"),
		"a token of many": TestRecordName(long, long, strings.Repeat("x", 500)),
		"first report":    ReportRecordName(long, long, 1, crier.ReportFinal), "second report": ReportRecordName(long, long, 2, crier.ReportFinal),
		"roster": RosterSecretName(long, long, "sha256:"+long, 31), "suppression": SuppressionSecretName(long, long, "sha256:"+long, 31),
		"pass": JobName(TestRecordName(long, long, "t"), "abcdef", 999), "sender": SenderJobName(JobName(TestRecordName(long, long, "t"), "abcdef", 999), 23),
	} {
		if before, known := seen[name]; known {
			t.Errorf("%s has the name of %s: %s", what, before, name)
		}
		seen[name] = what
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			t.Errorf("%s: %s: %v", what, name, problems)
		}
	}
}
