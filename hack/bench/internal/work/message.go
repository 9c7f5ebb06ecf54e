package work

// What the message says, in the template language that Crier's users write.
const (
	Subject = `{{ .Name }}, open enrollment starts Monday`

	Text = `Dear {{ .Name }},

open enrollment for {{ .Attributes.agency }} starts on Monday – until Friday
of next week you can choose your health and dental plans for the coming year.
It takes about ten minutes; have last year’s letter at hand.

  • Compare the plans:  https://benefits.example.gov/compare
  • Choose yours:       https://benefits.example.gov/enroll
{{ if eq .Attributes.city "Boston" }}
Come and ask: Tuesday, 10 to 3, in the Gardner Auditorium.
{{ else }}
Come and ask: the benefits bus stops in {{ .Attributes.city }} on Wednesday.
{{ end }}
If you do nothing, you keep the plans that you have. Premiums change by less
than 2 % – the table behind the first link has them to the cent.

¿Prefiere leer esto en español? https://benefits.example.gov/es

Commonwealth Human Resources
`

	HTML = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Open enrollment</title>
</head>
<body style="margin:0;background-color:#eef1f5;font-family:Helvetica,Arial,sans-serif;color:#1d2733">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="background-color:#ffffff">
<tr><td style="background-color:#14467c;padding:28px 32px;color:#ffffff">
<div style="font-size:13px;letter-spacing:1px">{{ .Attributes.agency }}</div>
<div style="font-size:26px;line-height:34px;font-weight:bold">Open enrollment starts Monday</div>
</td></tr>
<tr><td style="padding:28px 32px 8px;font-size:16px;line-height:25px">
<p>Dear {{ .Name }},</p>
<p>until <strong>Friday of next week</strong> you can choose your health and dental plans for the coming year. It takes about ten minutes; have last year’s letter at hand.</p>
</td></tr>
<tr><td align="center" style="padding:8px 32px 24px">
<a href="https://benefits.example.gov/enroll" style="background-color:#1f7a4d;color:#ffffff;text-decoration:none;font-weight:bold;padding:14px 28px">Choose your plans</a>
</td></tr>
<tr><td style="padding:14px 18px;background-color:#f6f3e8;border-left:4px solid #d39b22;font-size:15px">
{{ if eq .Attributes.city "Boston" }}<strong>Come and ask:</strong> Tuesday, 10 to 3, in the Gardner Auditorium.{{ else }}<strong>Come and ask:</strong> the benefits bus stops in {{ .Attributes.city }} on Wednesday.{{ end }}
</td></tr>
<tr><td style="padding:0 32px 28px;font-size:14px;line-height:22px;color:#53606e">
If you do nothing, you keep the plans that you have – premiums change by less than 2 %.<br>
<span lang="es">¿Prefiere leer esto en español?</span> <a href="https://benefits.example.gov/es">benefits.example.gov/es</a><br>
Commonwealth Human Resources
</td></tr>
</table>
</body>
</html>
`

	// Markdown has the same actions as Text and HTML, but for the greeting.
	Markdown = `open enrollment for **{{ .Attributes.agency }}** starts on Monday – until
**Friday of next week** you can choose your health and dental plans for the
coming year. It takes about ten minutes; have last year’s letter at hand.

{{ if eq .Attributes.city "Boston" }}
**Come and ask:** Tuesday, 10 to 3, in the Gardner Auditorium.
{{ else }}
**Come and ask:** the benefits bus stops in {{ .Attributes.city }} on Wednesday.
{{ end }}

## What is new

- There are **two new health plans**, one of them with a lower deductible.
- The dental plan covers children up to the age of 26.
- Premiums change by less than 2 % – the table has them to the cent.

| Plan | A person | A family |
|---|---|---|
| Standard | $ 120 | $ 310 |
| Plus | $ 180 | $ 440 |
| Deductible | $ 85 | $ 205 |
| Dental | $ 22 | $ 51 |

## What to do

1. [Compare the plans](https://benefits.example.gov/compare).
2. [Choose yours](https://benefits.example.gov/enroll). You need your employee
   number and the dates of birth of those whom you insure.
3. Wait for the letter that confirms your choice. It comes in December; write
   to us if it doesn’t.

If you do nothing, you keep the plans that you have. Whoever was hired after
the first of October has until the end of the year, and need not do anything
now. Those who retire this year get a letter of their own: the plans for
retired employees are others, and so are their premiums.

## Who answers questions

Every agency has somebody who knows the plans, and the [list of them](https://benefits.example.gov/people)
says when they are in. In the week before the end, all of them are there until
six in the evening. The telephone is answered from nine to five; on Mondays it
is busy, so that writing is faster.

[¿Prefiere leer esto en español?](https://benefits.example.gov/es)

Commonwealth Human Resources
`

	// The list and its author.
	ListName    = "All employees"
	FromName    = "Commonwealth HR"
	FromAddress = "hr-comms@example.gov"
	ListDomain  = "lists.example.gov"
	// BounceDomain is the domain of envelope senders.
	BounceDomain = "bounces.example.gov"
)
