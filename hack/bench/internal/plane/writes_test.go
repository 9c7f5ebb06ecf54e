package plane

import (
	"maps"
	"strings"
	"testing"
)

func TestParseWrites(t *testing.T) {
	metrics := `# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="crier.dev",resource="deliveryshards",scope="resource",subresource="",verb="PUT",version="v1alpha1"} 12
apiserver_request_total{code="409",component="apiserver",dry_run="",group="crier.dev",resource="deliveryshards",scope="resource",subresource="",verb="PUT",version="v1alpha1"} 1
apiserver_request_total{code="200",component="apiserver",dry_run="",group="crier.dev",resource="deliveryshards",scope="resource",subresource="",verb="GET",version="v1alpha1"} 99
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="secrets",scope="resource",subresource="",verb="POST",version="v1"} 3
apiserver_other{verb="PUT"} 7
`
	got, err := parseWrites(strings.NewReader(metrics))
	if err != nil || !maps.Equal(got, Writes{"deliveryshards": 13, "secrets": 3}) {
		t.Errorf("got %v, %v", got, err)
	}
	since := got.Minus(Writes{"deliveryshards": 10, "secrets": 3})
	if !maps.Equal(since, Writes{"deliveryshards": 3}) {
		t.Errorf("since then %v", since)
	}
}
