# cmake -DFOLDER=actions -DFILES="a.yaml;a/b.yaml" -DMODELS="a.rehearse.yaml;…" -DOUTPUT=list.c -P embed.cmake
# Writes the files as two tables of bytes, each text with a NUL behind it (engine/action/builtin.h).
set(text "#include \"engine/action/builtin.h\"\n\n")
set(number 0)
set(tables "")

macro(embed table_name files)
  string(APPEND tables "const struct action_text ${table_name}[] = {\n")
  foreach(file IN LISTS ${files})
    file(READ ${FOLDER}/${file} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR len "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n    " bytes "${bytes}")
    string(APPEND text "static const unsigned char text_${number}[] = {\n    ${bytes}0x00};\n\n")
    string(APPEND tables "    {\"${file}\", (const char *)text_${number}, ${len}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND tables "    {0}};\n")
endmacro()

embed(action_texts FILES)
embed(action_models MODELS)
file(WRITE ${OUTPUT} "${text}${tables}")
