libsessiongate_a_SOURCES += \
	src/gate/browser.c src/gate/browser.h \
	src/gate/builtin_pages.inc \
	src/gate/client.c src/gate/client.h \
	src/gate/form_token.c src/gate/form_token.h \
	src/gate/html.c src/gate/html.h \
	src/gate/page_files.c src/gate/page_files.h \
	src/gate/page_names.c src/gate/page_names.h \
	src/gate/question.c src/gate/question.h \
	src/gate/reply.c src/gate/reply.h \
	src/gate/return_url.c src/gate/return_url.h \
	src/gate/template.c src/gate/template.h src/gate/template_ops.h src/gate/template_render.c \
	src/gate/texts.c src/gate/texts.h
