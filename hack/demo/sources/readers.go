package main

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	// rows are how many readers the database has; those who don't subscribe any more and those of
	// another language among them.
	rows = 222_000
	// readers are the rest.
	readers = 200_000
)

// table makes them within the database. Of 11 rows, one isn't subscribed.
const table = `
CREATE TABLE readers AS
SELECT
  n AS id,
  'reader' || n || '@mail' || n % 40 || '.example.net' AS email,
  (ARRAY['Ana','Björn','Chloé','David','Efua','Fatima','George','Hà','Ines','José'])[1 + n % 10]
    || ' ' || (ARRAY['Abebe','Baker','Çelik','Doyle','Évora','Flores','García'])[1 + n / 10 % 7] AS full_name,
  (ARRAY['Boston','Worcester','Springfield','Lowell','New Bedford','Salem','Pittsfield'])[1 + n % 7] AS town,
  1 + n % 9 AS district,
  CASE WHEN n % 2 = 0 THEN ARRAY['roads','parks'] ELSE ARRAY['taxes'] END AS topics,
  DATE '2020-01-01' + n % 2000 AS since,
  n % 11 <> 0 AS subscribed,
  CASE WHEN n > 220000 THEN 'es' ELSE 'en' END AS language
FROM generate_series(1, :rows) AS n;
ALTER TABLE readers ADD PRIMARY KEY (id);
CREATE ROLE crier LOGIN PASSWORD ':password';
GRANT SELECT (email, full_name, town, district, topics, since, subscribed, language) ON readers TO crier;
`

func tableOf(password string) string {
	return strings.NewReplacer(":rows", strconv.Itoa(rows), ":password", strings.ReplaceAll(password, "'", "''")).Replace(table)
}

// address is that of the reader of that number.
func address(n int) string { return fmt.Sprintf("reader%d@mail%d.example.net", n, n%40) }

// subscribed says what the query says, in other words.
func subscribed(n int) bool { return n%11 != 0 && n <= 220_000 }
