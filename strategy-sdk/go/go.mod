module headrace

go 1.19
