//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// testMetrics reads the manager's metrics as nobody, as somebody, and as somebody who may.
func testMetrics(t *testing.T) {
	if setup.Existing {
		t.Skip("needs to be on the pods' network")
	}
	w := newWorld(t, smtptest.Script{})
	w.standard(3)
	w.create(w.broadcast("counted"))
	w.accounted(w.finished("counted"), 3, 0)

	tenant := w.tenant().Config.BearerToken
	for token, want := range map[string]int{"": http.StatusUnauthorized, tenant: http.StatusForbidden} {
		if code, _ := w.metrics(token); code != want {
			w.Errorf("metrics answered %d, want %d", code, want)
		}
	}
	code, text := w.metrics(w.reader())
	if code != http.StatusOK || !strings.Contains(text, `controller_runtime_reconcile_total{controller="broadcast"`) {
		w.Errorf("metrics answered %d: %.300s", code, text)
	}
	if strings.Contains(text, w.domain) {
		w.Error("the metrics name addresses")
	}
}

// reader is the token of an account that may read the metrics: one of its own, because a refusal
// is remembered for some seconds.
func (w *world) reader() string {
	w.Helper()
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: harness.Release + "-metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: w.namespace, Name: "reader"}},
	}
	w.create(binding, &corev1.ServiceAccount{ObjectMeta: w.meta("reader")})
	w.Cleanup(func() { _ = kube.Client.Delete(context.Background(), binding) })
	return w.token(w.namespace, "reader").Config.BearerToken
}

// metrics asks the manager's pod, whose certificate signs itself.
func (w *world) metrics(token string) (int, string) {
	w.Helper()
	pods := &corev1.PodList{}
	w.must(kube.Client.List(w.ctx, pods, client.InNamespace(harness.Namespace), client.MatchingLabels{"app.kubernetes.io/component": "manager"}))
	if len(pods.Items) == 0 || pods.Items[0].Status.PodIP == "" {
		w.Fatal("there is no manager")
	}
	url := "https://" + net.JoinHostPort(pods.Items[0].Status.PodIP, "8443") + "/metrics"
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, url, nil)
	w.must(err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	insecure := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
	defer insecure.CloseIdleConnections()
	response, err := (&http.Client{Transport: insecure, Timeout: 20 * time.Second}).Do(request)
	w.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	w.must(err)
	return response.StatusCode, string(body)
}
