package subscriberset

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
	"crier.dev/crier/internal/recipients/source/https"
	"crier.dev/crier/internal/recipients/source/inline"
	"crier.dev/crier/internal/recipients/source/ldap"
	"crier.dev/crier/internal/recipients/source/sql"
	"crier.dev/crier/internal/recipients/source/union"
)

// kinds makes a source of a spec: the only place that knows them all.
func kinds(spec crier.SubscriberSource) source.Source {
	switch {
	case spec.CSV != nil:
		return csv.New(*spec.CSV)
	case spec.LDAP != nil:
		return ldap.New(*spec.LDAP)
	case spec.SQL != nil:
		return sql.New(*spec.SQL)
	case spec.HTTPS != nil:
		return https.New(*spec.HTTPS)
	case spec.Union != nil:
		return union.New(*spec.Union)
	}
	return inline.New(spec.Inline)
}
